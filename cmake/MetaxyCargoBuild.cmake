# Run by the build (cmake -P): cargo, then the library and its list of sources into the build tree.
# In: CARGO PYTHON PROGRESS FLAGS RUSTFLAGS RUST_TARGET MANIFEST TARGET_DIR FILE OUTPUT DEPFILE

# Two clones share the target directory, and cargo's own lock is released before the copy begins.
file(MAKE_DIRECTORY "${TARGET_DIR}")
file(LOCK "${TARGET_DIR}/metaxy.lock" GUARD PROCESS TIMEOUT 14400 RESULT_VARIABLE lock)
if(NOT lock EQUAL 0)
  message(FATAL_ERROR "${TARGET_DIR} is in use by another build (${lock}). Wait for it, or choose another with METAXY_CARGO_TARGET_DIR.")
endif()

# C++ flags would change how every crate is compiled, and invalidate everything compiled so far.
foreach(variable CC CXX CFLAGS CXXFLAGS CPPFLAGS LDFLAGS RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
                 CARGO_BUILD_TARGET CARGO_TARGET_DIR MAKEFLAGS MFLAGS)
  unset(ENV{${variable}})
endforeach()
set(ENV{CARGO_TARGET_DIR} "${TARGET_DIR}")
if(RUSTFLAGS)
  set(ENV{RUSTFLAGS} "${RUSTFLAGS}")
endif()
set(arguments --release --lib --locked ${FLAGS})
set(release "${TARGET_DIR}/release")
if(RUST_TARGET)
  list(APPEND arguments --target "${RUST_TARGET}")
  set(release "${TARGET_DIR}/${RUST_TARGET}/release")
endif()

# Old Pythons cannot read the lock file; the build works without progress display.
set(command "${CARGO}" build)
if(PYTHON)
  execute_process(COMMAND "${PYTHON}" -c "import tomllib" RESULT_VARIABLE too_old OUTPUT_QUIET ERROR_QUIET)
  if(too_old EQUAL 0)
    get_filename_component(crate "${MANIFEST}" DIRECTORY)
    set(command "${PYTHON}" -B "${PROGRESS}" "${crate}/build_seconds.json" "${CARGO}")
  endif()
endif()

# cargo gives the libraries of all clones one name: what it holds to be up to date may be another clone's.
set(owner_file "${TARGET_DIR}/metaxy-clone")
set(owner "")
if(EXISTS "${owner_file}")
  file(READ "${owner_file}" owner)
endif()
if(NOT owner STREQUAL "${MANIFEST}")
  file(GLOB fingerprints "${release}/.fingerprint/metaxy-lancedb-*")
  if(fingerprints)
    file(REMOVE_RECURSE ${fingerprints})
  endif()
  file(WRITE "${owner_file}" "${MANIFEST}")
endif()

string(TIMESTAMP started "%s" UTC)
# In the crate's folder, where cargo and rustup look for their settings.
get_filename_component(crate "${MANIFEST}" DIRECTORY)
execute_process(
  COMMAND ${command} ${arguments}
  WORKING_DIRECTORY "${crate}"
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "cargo could not build the bridge (${result}); its messages are above.")
endif()
string(TIMESTAMP ended "%s" UTC)
math(EXPR seconds "${ended} - ${started}")

set(built "${release}/${FILE}")
get_filename_component(folder "${OUTPUT}" DIRECTORY)
file(MAKE_DIRECTORY "${folder}")
execute_process(COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${built}" "${OUTPUT}" COMMAND_ERROR_IS_FATAL ANY)

# cargo's list names its own output; the build knows the copy.
string(REGEX REPLACE "\\.so$" ".d" list_file "${built}")
file(READ "${list_file}" sources)
string(FIND "${sources}" ":" colon)
string(SUBSTRING "${sources}" ${colon} -1 sources)
string(REPLACE " " "\\ " target "${OUTPUT}")
file(WRITE "${DEPFILE}" "${target}${sources}")
message(STATUS "The bridge is ready after ${seconds} s.")
