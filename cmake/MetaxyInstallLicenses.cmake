# Run by cmake --install: THIRD_PARTY_LICENSES beside our own licence, from the files on this machine. If these are
# incomplete the tree is installed without it, with a warning, and cannot be packaged (MetaxyPackageFiles.cmake). In:
# METAXY_LICENSES_DOCDIR, METAXY_LICENSES_SCRIPT, METAXY_LICENSES_OPTIONS

set(folder "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${METAXY_LICENSES_DOCDIR}")
set(file "${folder}/THIRD_PARTY_LICENSES")
file(REMOVE "${file}")
file(MAKE_DIRECTORY "${folder}")
execute_process(
  COMMAND ${METAXY_LICENSES_SCRIPT} "${file}" ${METAXY_LICENSES_OPTIONS}
  RESULT_VARIABLE result ERROR_VARIABLE error ERROR_STRIP_TRAILING_WHITESPACE)
if(result EQUAL 0)
  message(STATUS "Installing: ${file}")
else()
  message(WARNING "Installed without THIRD_PARTY_LICENSES, so do not give the binaries to others: ${error} (${result})")
endif()
