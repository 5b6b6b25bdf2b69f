# The Rust bridge over the lancedb crate: metaxy::bridge, a shared library with a C header.
#
# cargo builds into one target directory for all presets and clones, outside the checkout, always --release: the crates
# are compiled once per machine. The resulting library is copied into this build tree, so that no other clone or branch
# can change it underneath a program that was linked with it.
#
# METAXY_BRIDGE_PREBUILT=<libmetaxy_lancedb.so> uses that file instead of cargo.

include_guard(GLOBAL)

set(METAXY_BRIDGE_DIR "${PROJECT_SOURCE_DIR}/bridge")
set(METAXY_BRIDGE_FILE "libmetaxy_lancedb.so")
set(METAXY_RUST_MINIMUM 1.94)

if(DEFINED ENV{METAXY_CARGO_TARGET_DIR} AND NOT "$ENV{METAXY_CARGO_TARGET_DIR}" STREQUAL "")
  set(_metaxy_cargo_default "$ENV{METAXY_CARGO_TARGET_DIR}")
elseif("$ENV{HOME}" STREQUAL "")
  set(_metaxy_cargo_default "${PROJECT_BINARY_DIR}/cargo")
else()
  set(_metaxy_cargo_default "$ENV{HOME}/.cache/metaxy/cargo")
endif()
set(METAXY_CARGO_TARGET_DIR "${_metaxy_cargo_default}" CACHE PATH "cargo's target directory, shared by all presets and clones")
set(METAXY_CARGO_FLAGS "" CACHE STRING "More arguments for `cargo build`, a list: `--offline`, `--config;net.offline=true`")
set(METAXY_RUSTFLAGS "" CACHE STRING "RUSTFLAGS for the bridge; the environment's are not used")
set(METAXY_RUST_TARGET "" CACHE STRING "The target triple of a cross build, such as aarch64-unknown-linux-gnu")
find_program(METAXY_CARGO_PYTHON python3 HINTS "${METAXY_VENV}/bin" DOC "Python 3.11 or newer, which shows how far cargo is")
mark_as_advanced(METAXY_CARGO_PYTHON)

set(_metaxy_without_rust "Or configure with -DMETAXY_BUILD_LANCEDB=OFF (everything but the LanceDB store), or name a finished "
                         "library with -DMETAXY_BRIDGE_PREBUILT=<path>/${METAXY_BRIDGE_FILE}.")

# Fails with the remedy if cargo, rustc or protoc cannot build the bridge.
function(_metaxy_check_rust)
  # CARGO_HOME is not on the PATH of a shell that was already open when rustup ran.
  set(hints "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
  find_program(METAXY_CARGO cargo HINTS ${hints} DOC "cargo, ${METAXY_RUST_MINIMUM} or newer")
  find_program(METAXY_PROTOC protoc DOC "The Protocol Buffers compiler")
  set(remedy "Install Rust with rustup (rust-lang.org/tools/install), or, where rustup is there, run "
             "`rustup update stable`. Debian 12's own package cargo is too old. ")
  if(NOT METAXY_CARGO)
    message(FATAL_ERROR "cargo was not found; the LanceDB store needs Rust ${METAXY_RUST_MINIMUM} or newer. " ${remedy} ${_metaxy_without_rust})
  endif()
  # Run in bridge/: a rust-toolchain.toml there selects the version.
  execute_process(
    COMMAND "${METAXY_CARGO}" --version
    WORKING_DIRECTORY "${METAXY_BRIDGE_DIR}"
    OUTPUT_VARIABLE output ERROR_VARIABLE error RESULT_VARIABLE result OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT result EQUAL 0)
    string(STRIP "${error}" error)
    set(found "${METAXY_CARGO}")
    unset(METAXY_CARGO CACHE) # The next try looks again.
    message(FATAL_ERROR "${found} --version failed: ${error}. " ${remedy} ${_metaxy_without_rust})
  endif()
  if(NOT output MATCHES "^cargo ([0-9]+\\.[0-9]+\\.[0-9]+)" OR CMAKE_MATCH_1 VERSION_LESS METAXY_RUST_MINIMUM)
    set(found "${METAXY_CARGO}")
    unset(METAXY_CARGO CACHE)
    message(FATAL_ERROR "${found} is `${output}`; the LanceDB store needs Rust ${METAXY_RUST_MINIMUM} or newer. "
                        ${remedy} ${_metaxy_without_rust})
  endif()
  if(NOT METAXY_PROTOC)
    message(FATAL_ERROR "protoc was not found; the LanceDB store needs it. Run tools/setup.sh, which installs "
                        "protobuf-compiler. " ${_metaxy_without_rust})
  endif()
  message(STATUS "Bridge: ${output}, target directory ${METAXY_CARGO_TARGET_DIR}")
endfunction()

set(METAXY_BRIDGE_LIBRARY "${PROJECT_BINARY_DIR}/lib/${METAXY_BRIDGE_FILE}")

if(METAXY_BRIDGE_PREBUILT)
  if(NOT EXISTS "${METAXY_BRIDGE_PREBUILT}" OR IS_DIRECTORY "${METAXY_BRIDGE_PREBUILT}")
    message(FATAL_ERROR "METAXY_BRIDGE_PREBUILT names `${METAXY_BRIDGE_PREBUILT}`, which is not a file. "
                        "Name a ${METAXY_BRIDGE_FILE}, or leave the option empty to build it.")
  endif()
  message(STATUS "Bridge: prebuilt ${METAXY_BRIDGE_PREBUILT}")
  add_custom_command(
    OUTPUT "${METAXY_BRIDGE_LIBRARY}"
    COMMAND "${CMAKE_COMMAND}" -E copy "${METAXY_BRIDGE_PREBUILT}" "${METAXY_BRIDGE_LIBRARY}"
    DEPENDS "${METAXY_BRIDGE_PREBUILT}"
    COMMENT "Copying the prebuilt bridge"
    VERBATIM)
else()
  _metaxy_check_rust()
  add_custom_command(
    OUTPUT "${METAXY_BRIDGE_LIBRARY}"
    COMMAND
      "${CMAKE_COMMAND}" "-DCARGO=${METAXY_CARGO}" "-DPYTHON=${METAXY_CARGO_PYTHON}" "-DPROGRESS=${PROJECT_SOURCE_DIR}/tools/cargo_build.py"
      "-DFLAGS=${METAXY_CARGO_FLAGS}" "-DRUSTFLAGS=${METAXY_RUSTFLAGS}" "-DRUST_TARGET=${METAXY_RUST_TARGET}" "-DMANIFEST=${METAXY_BRIDGE_DIR}/Cargo.toml"
      "-DTARGET_DIR=${METAXY_CARGO_TARGET_DIR}" "-DFILE=${METAXY_BRIDGE_FILE}"
      "-DOUTPUT=${METAXY_BRIDGE_LIBRARY}" "-DDEPFILE=${PROJECT_BINARY_DIR}/bridge.d" -P
      "${PROJECT_SOURCE_DIR}/cmake/MetaxyCargoBuild.cmake"
    # cargo's own list of the sources it read; the entries below apply until it exists.
    DEPFILE "${PROJECT_BINARY_DIR}/bridge.d"
    DEPENDS "${METAXY_BRIDGE_DIR}/Cargo.toml" "${METAXY_BRIDGE_DIR}/Cargo.lock"
            "${PROJECT_SOURCE_DIR}/cmake/MetaxyCargoBuild.cmake"
    COMMENT "Building the bridge to LanceDB with cargo (from nothing: about 30 minutes on two cores)"
    USES_TERMINAL VERBATIM)
endif()

add_custom_target(metaxy_bridge DEPENDS "${METAXY_BRIDGE_LIBRARY}")

file(MAKE_DIRECTORY "${METAXY_BRIDGE_DIR}/include") # An imported target's include directory must exist.
add_library(metaxy_bridge_library SHARED IMPORTED GLOBAL)
add_library(metaxy::bridge ALIAS metaxy_bridge_library)
set_target_properties(
  metaxy_bridge_library
  PROPERTIES IMPORTED_LOCATION "${METAXY_BRIDGE_LIBRARY}"
             IMPORTED_SONAME "${METAXY_BRIDGE_FILE}"
             INTERFACE_INCLUDE_DIRECTORIES "${METAXY_BRIDGE_DIR}/include"
             INTERFACE_LINK_DEPENDS "${METAXY_BRIDGE_LIBRARY}")
if(NOT CMAKE_GENERATOR MATCHES "Ninja")
  # Ninja knows how to make the file above wherever it is named, and so lets C++ compile while cargo runs.
  add_dependencies(metaxy_bridge_library metaxy_bridge)
endif()
