# cpack: a .deb, which depends on the system's libraries, and a tarball, which carries them. Both carry Arrow where it is
# out of a wheel, and both hold the library, its headers and the program: what cmake --install installs.

# Who builds a package answers for it: as Debian's tools are told, else as git is.
function(_metaxy_maintainer result)
  set(name "$ENV{DEBFULLNAME}")
  set(address "$ENV{DEBEMAIL}")
  foreach(part name address)
    if(NOT ${part} AND EXISTS "${PROJECT_SOURCE_DIR}/.git")
      string(REPLACE "address" "email" key "user.${part}")
      execute_process(
        COMMAND git config --get "${key}"
        WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
        OUTPUT_VARIABLE ${part} OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
  endforeach()
  if(name AND address)
    set(${result} "${name} <${address}>" PARENT_SCOPE)
  else()
    set(${result} "" PARENT_SCOPE)
  endif()
endfunction()
_metaxy_maintainer(_metaxy_maintainer)
set(METAXY_PACKAGE_MAINTAINER "${_metaxy_maintainer}" CACHE STRING "Who answers for the .deb: name and address")
if(NOT METAXY_PACKAGE_MAINTAINER MATCHES "^[^<>]+ <[^<>@ ]+@[^<>@ ]+>$")
  if(METAXY_PACKAGE_MAINTAINER)
    message(FATAL_ERROR "METAXY_PACKAGE_MAINTAINER is `${METAXY_PACKAGE_MAINTAINER}`; write it as `Name <address@example.org>`.")
  endif()
  message(STATUS "Nobody is named who answers for the .deb: set DEBFULLNAME and DEBEMAIL, or METAXY_PACKAGE_MAINTAINER")
  # What Debian calls a package that nobody maintains.
  set(METAXY_PACKAGE_MAINTAINER "Nobody <nobody@invalid>")
endif()

set(CPACK_PACKAGE_NAME "metaxy")
set(CPACK_PACKAGE_VENDOR "metaxy")
set(CPACK_PACKAGE_CONTACT "${METAXY_PACKAGE_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_FILE_NAME "metaxy-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/cmake/MetaxyPackageFiles.cmake")
# For the script above.
set(CPACK_METAXY_STRIP "${CMAKE_STRIP}")
set(CPACK_METAXY_OBJDUMP "${CMAKE_OBJDUMP}")
set(CPACK_METAXY_PRIVATEDIR "${METAXY_INSTALL_PRIVATEDIR}")
set(CPACK_METAXY_DOCDIR "${CMAKE_INSTALL_DOCDIR}")

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION "libdevel")
set(CPACK_DEBIAN_COMPRESSION_TYPE "zstd")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/lib")
if(METAXY_ARROW_ORIGIN STREQUAL "wheel")
  list(APPEND CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${METAXY_ARROW_DIR}")
endif()

include(CPack)
