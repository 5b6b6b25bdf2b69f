# Run by cpack on the files that it is about to pack: refuses what must not be distributed, strips what cmake --install
# copies unchanged, and gives the tarball the system libraries that the .deb has as dependencies.

file(GLOB_RECURSE licences "${CPACK_TEMPORARY_DIRECTORY}/*/THIRD_PARTY_LICENSES")
if(NOT licences)
  message(FATAL_ERROR "There is no THIRD_PARTY_LICENSES to pack; the installation has said why. It is made from the crates as cargo "
                      "has downloaded them, and from the copyright files of Debian's packages.")
endif()

file(GLOB_RECURSE programs "${CPACK_TEMPORARY_DIRECTORY}/*/bin/metaxy" "${CPACK_TEMPORARY_DIRECTORY}/bin/metaxy")
file(GLOB_RECURSE libraries "${CPACK_TEMPORARY_DIRECTORY}/*.so" "${CPACK_TEMPORARY_DIRECTORY}/*.so.*")

foreach(library IN LISTS libraries)
  if(library MATCHES "libmetaxy_lancedb\\.so$" AND CPACK_METAXY_STRIP)
    execute_process(COMMAND "${CPACK_METAXY_STRIP}" --strip-unneeded "${library}" COMMAND_ERROR_IS_FATAL ANY)
  endif()
endforeach()

if(NOT CPACK_GENERATOR STREQUAL "TGZ")
  return()
endif()

# The folder that holds bin/ and lib/.
list(GET libraries 0 root)
string(REGEX REPLACE "/${CPACK_METAXY_PRIVATEDIR}/.*$|/lib[^/]*/[^/]*$" "" root "${root}")
set(private "${root}/${CPACK_METAXY_PRIVATEDIR}")

# What every Linux system with a C++ program has.
set(basic "^(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|gcc_s|stdc\\+\\+))\\.so")
set(CMAKE_OBJDUMP "${CPACK_METAXY_OBJDUMP}")
file(
  GET_RUNTIME_DEPENDENCIES
  EXECUTABLES ${programs}
  LIBRARIES ${libraries}
  RESOLVED_DEPENDENCIES_VAR found
  UNRESOLVED_DEPENDENCIES_VAR missing
  PRE_EXCLUDE_REGEXES "${basic}"
  POST_EXCLUDE_REGEXES "^${root}/")
if(missing)
  message(FATAL_ERROR "The tarball would lack ${missing}, which were not found on this machine.")
endif()

foreach(library IN LISTS found)
  get_filename_component(name "${library}" NAME)
  get_filename_component(file "${library}" REALPATH)
  configure_file("${file}" "${private}/${name}" COPYONLY)
  message(STATUS "The tarball takes ${library} along")
  # Its copyright file is included. Debian lists files of /usr/lib under either name.
  string(REGEX REPLACE "^/usr/" "/" short "${file}")
  execute_process(
    COMMAND dpkg-query --search "${file}" "${short}" "/usr${short}"
    OUTPUT_VARIABLE owner ERROR_QUIET)
  if(NOT owner MATCHES "^([^:\n]+)")
    message(FATAL_ERROR "No package owns ${file}, so its licence is not known; the tarball cannot take it along.")
  endif()
  configure_file("/usr/share/doc/${CMAKE_MATCH_1}/copyright" "${root}/${CPACK_METAXY_DOCDIR}/licenses/${CMAKE_MATCH_1}" COPYONLY)
endforeach()
