// The scripts call the program itself, so they never have to be updated.
#include "cli/completion.h"

namespace metaxy::cli {

namespace {

// bash splits words at '=' and ':' by default, so words are joined again first.
constexpr const char* kBash = R"sh(# bash completion for metaxy
_metaxy() {
  local line words=() word names="" prefix=""
  local text="${COMP_LINE:0:COMP_POINT}"
  read -r -a words <<< "$text"
  [[ "$text" == *[[:space:]] ]] && words+=("")
  word="${words[${#words[@]}-1]}"
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :files) names=-f ;;
      :directories) names=-d ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${words[@]:1}" 2> /dev/null)
  if [[ -n "$names" ]]; then
    compopt -o filenames 2> /dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$names" -- "${word#--*=}")
  fi
  # What stands before the last '=' is on the line already.
  if [[ "$word" == *=* && "$COMP_WORDBREAKS" == *=* ]]; then
    prefix="${word%"${word##*=}"}"
    COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
  fi
}
complete -F _metaxy metaxy
)sh";

constexpr const char* kZsh = R"sh(#compdef metaxy
# zsh completion for metaxy
_metaxy() {
  local line names=""
  local -a candidates
  for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2> /dev/null)}"; do
    if [[ "$line" == ":files" || "$line" == ":directories" ]]; then
      names="$line"
    elif [[ -n "$line" ]]; then
      local text="${${line%%$'\t'*}//:/\\:}"
      [[ "$line" == *$'\t'* ]] && text+=":${line#*$'\t'}"
      candidates+=("$text")
    fi
  done
  (( ${#candidates} )) && _describe metaxy candidates
  [[ "$names" == ":files" ]] && _files
  [[ "$names" == ":directories" ]] && _files -/
}
if [[ "${funcstack[1]}" == "_metaxy" ]]; then _metaxy "$@"; else compdef _metaxy metaxy; fi
)sh";

constexpr const char* kFish = R"sh(# fish completion for metaxy
function __metaxy_complete
    set -l words (commandline -opc)
    set -l lines ($words[1] __complete $words[2..] (commandline -ct) 2> /dev/null)
    for line in $lines
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else if test "$line" = ":directories"
            __fish_complete_directories (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c metaxy -f -a '(__metaxy_complete)'
)sh";

}  // namespace

std::string CompletionScript(const std::string& shell) {
  if (shell == "zsh") return kZsh;
  return shell == "fish" ? kFish : kBash;
}

}  // namespace metaxy::cli
