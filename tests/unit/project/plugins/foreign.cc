// A library that was built for something else.
extern "C" __attribute__((visibility("default"))) const char* metaxy_plugin_abi();
const char* metaxy_plugin_abi() { return "metaxy 0, Arrow 1.2.3"; }
extern "C" __attribute__((visibility("default"))) void metaxy_register_features();
void metaxy_register_features() { __builtin_trap(); }
