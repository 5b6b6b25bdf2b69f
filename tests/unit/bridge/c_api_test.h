/* The test in plain C: NULL if all went well, else the expression that did not. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

const char* RunCApiTest(const char* directory);

#ifdef __cplusplus
}
#endif
