// Style sheet and script of HTML pages, compiled in from page.css and page.js.
#pragma once

namespace metaxy::render {

extern const char* const kPageStyle;
extern const char* const kPageScript;

}  // namespace metaxy::render
