# cmake --install: the library, its headers, the program, the bridge, what find_package(metaxy) and pkg-config need.
# The tree may be moved: everything in it finds the rest relative to itself. Arrow out of a wheel comes along
# (METAXY_INSTALL_ARROW), in a folder of its own where it hides no other one.
#
# Components, for `cmake --install --component` and for packages: Runtime (the libraries and the licences), Development
# (headers, find_package, pkg-config; needs Runtime), Program (the program, its manual page and completions; needs Runtime).

include(CMakePackageConfigHelpers)

set(METAXY_INSTALL_CMAKEDIR "${CMAKE_INSTALL_LIBDIR}/cmake/metaxy")
set(METAXY_INSTALL_PKGCONFIGDIR "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
# Libraries that come along and are nobody else's business: Arrow's, and in the tarball those of the system's packages.
set(METAXY_INSTALL_PRIVATEDIR "${CMAKE_INSTALL_LIBDIR}/metaxy")
set(METAXY_ARROW_INSTALLED OFF)
if(METAXY_INSTALL_ARROW AND METAXY_ARROW_ORIGIN STREQUAL "wheel")
  set(METAXY_ARROW_INSTALLED ON)
endif()

# Sets the RUNPATH of an installed target in `folder`.
function(_metaxy_install_rpath target folder)
  set(rpath "$ORIGIN")
  if(NOT folder STREQUAL CMAKE_INSTALL_LIBDIR)
    file(RELATIVE_PATH to_libraries "/${folder}" "/${CMAKE_INSTALL_LIBDIR}")
    set(rpath "$ORIGIN/${to_libraries}")
  endif()
  file(RELATIVE_PATH to_private "/${folder}" "/${METAXY_INSTALL_PRIVATEDIR}")
  list(APPEND rpath "$ORIGIN/${to_private}")
  if(METAXY_ARROW_INSTALLED)
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "${rpath}" INSTALL_RPATH_USE_LINK_PATH OFF)
  else()
    # Arrow may live where no loader looks by itself.
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "${rpath}" INSTALL_RPATH_USE_LINK_PATH ON)
  endif()
endfunction()

# ---- the library
_metaxy_install_rpath(metaxy "${CMAKE_INSTALL_LIBDIR}")
install(
  TARGETS metaxy
  EXPORT metaxyTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT Runtime NAMELINK_COMPONENT Development)
install(
  EXPORT metaxyTargets
  NAMESPACE metaxy::
  DESTINATION "${METAXY_INSTALL_CMAKEDIR}"
  COMPONENT Development)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/metaxy" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT Development)
if(METAXY_BUILD_LANCEDB)
  install(PROGRAMS "${METAXY_BRIDGE_LIBRARY}" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT Runtime)
endif()

# ---- the program
if(TARGET metaxy_cli)
  _metaxy_install_rpath(metaxy_cli "${CMAKE_INSTALL_BINDIR}")
  install(TARGETS metaxy_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT Program)
endif()
if(TARGET metaxy_cli AND CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  message(STATUS "The manual page and the completions are left out: the program that writes them does not run on this machine "
                 "(CMAKE_CROSSCOMPILING_EMULATOR)")
elseif(TARGET metaxy_cli)
  # The manual page and the completions come from the program itself.
  set(_metaxy_share "${PROJECT_BINARY_DIR}/share")
  file(MAKE_DIRECTORY "${_metaxy_share}")
  add_custom_command(
    OUTPUT "${_metaxy_share}/metaxy.1" "${_metaxy_share}/metaxy" "${_metaxy_share}/_metaxy" "${_metaxy_share}/metaxy.fish"
    COMMAND metaxy_cli __manual > "${_metaxy_share}/metaxy.1"
    COMMAND metaxy_cli completions bash > "${_metaxy_share}/metaxy"
    COMMAND metaxy_cli completions zsh > "${_metaxy_share}/_metaxy"
    COMMAND metaxy_cli completions fish > "${_metaxy_share}/metaxy.fish"
    DEPENDS metaxy_cli
    COMMENT "Writing the manual page and completions")
  add_custom_target(metaxy_manual ALL DEPENDS "${_metaxy_share}/metaxy.1")
  install(FILES "${_metaxy_share}/metaxy.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT Program)
  install(FILES "${_metaxy_share}/metaxy" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT Program)
  install(FILES "${_metaxy_share}/_metaxy" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" COMPONENT Program)
  install(FILES "${_metaxy_share}/metaxy.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" COMPONENT Program)
endif()

# ---- Arrow
if(METAXY_ARROW_INSTALLED)
  foreach(target Arrow::arrow_shared ArrowCompute::arrow_compute_shared Parquet::parquet_shared)
    install(FILES "$<TARGET_FILE:${target}>" DESTINATION "${METAXY_INSTALL_PRIVATEDIR}" COMPONENT Runtime)
  endforeach()
  install(
    DIRECTORY "${METAXY_ARROW_DIR}/include/arrow" "${METAXY_ARROW_DIR}/include/parquet"
    DESTINATION "${METAXY_INSTALL_PRIVATEDIR}/include"
    COMPONENT Development
    PATTERN "python" EXCLUDE
    PATTERN "flight" EXCLUDE
    PATTERN "testing" EXCLUDE)
  # Its licence and notices must go where its libraries go.
  get_filename_component(_metaxy_site_packages "${METAXY_ARROW_DIR}" DIRECTORY)
  file(GLOB _metaxy_arrow_licenses "${_metaxy_site_packages}/pyarrow-*.dist-info/licenses/*"
       "${METAXY_ARROW_DIR}/../licenses/*")
  if(NOT _metaxy_arrow_licenses)
    message(FATAL_ERROR "No licence of Arrow beside ${METAXY_ARROW_DIR} (pyarrow-*.dist-info/licenses), which an installed Arrow "
                        "needs. Install the whole wheel with tools/setup.sh, or configure with -DMETAXY_INSTALL_ARROW=OFF.")
  endif()
  install(FILES ${_metaxy_arrow_licenses} DESTINATION "${CMAKE_INSTALL_DOCDIR}/arrow" COMPONENT Runtime)
endif()

# ---- find_package and pkg-config
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/metaxyConfig.cmake.in" "${PROJECT_BINARY_DIR}/metaxyConfig.cmake"
  INSTALL_DESTINATION "${METAXY_INSTALL_CMAKEDIR}"
  PATH_VARS METAXY_INSTALL_PRIVATEDIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/metaxyConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/metaxyConfig.cmake" "${PROJECT_BINARY_DIR}/metaxyConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/MetaxyArrow.cmake"
        DESTINATION "${METAXY_INSTALL_CMAKEDIR}"
        COMPONENT Development)

file(RELATIVE_PATH METAXY_PKGCONFIG_TO_PREFIX "/${METAXY_INSTALL_PKGCONFIGDIR}" "/")
set(METAXY_PKGCONFIG_REQUIRES "")
set(METAXY_PKGCONFIG_CFLAGS "")
set(METAXY_PKGCONFIG_LIBS "")
if(METAXY_ARROW_INSTALLED)
  set(METAXY_PKGCONFIG_CFLAGS "-isystem \${prefix}/${METAXY_INSTALL_PRIVATEDIR}/include")
  set(METAXY_PKGCONFIG_LIBS "-Wl,-rpath,\${prefix}/${METAXY_INSTALL_PRIVATEDIR}")
  foreach(target Arrow::arrow_shared ArrowCompute::arrow_compute_shared)
    get_target_property(soname ${target} IMPORTED_SONAME)
    string(APPEND METAXY_PKGCONFIG_LIBS " \${prefix}/${METAXY_INSTALL_PRIVATEDIR}/${soname}")
  endforeach()
elseif(METAXY_ARROW_ORIGIN STREQUAL "wheel")
  set(METAXY_PKGCONFIG_CFLAGS "-isystem ${METAXY_ARROW_DIR}/include")
  set(METAXY_PKGCONFIG_LIBS "-Wl,-rpath,${METAXY_ARROW_DIR}")
  foreach(target Arrow::arrow_shared ArrowCompute::arrow_compute_shared)
    get_target_property(location ${target} IMPORTED_LOCATION)
    string(APPEND METAXY_PKGCONFIG_LIBS " ${location}")
  endforeach()
else()
  set(METAXY_PKGCONFIG_REQUIRES "arrow arrow-compute")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/metaxy.pc.in" "${PROJECT_BINARY_DIR}/metaxy.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/metaxy.pc" DESTINATION "${METAXY_INSTALL_PKGCONFIGDIR}" COMPONENT Development)

install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/NOTICE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT Runtime)

# What others wrote and is compiled in: names, terms and texts.
find_program(METAXY_LICENSES_PYTHON python3 DOC "Python that collects licences")
set(_metaxy_header_only "fmt/format.h" "nlohmann/json.hpp" "toml++/toml.h" "xxhash.h")
if(TARGET metaxy_cli)
  list(APPEND _metaxy_header_only "CLI/CLI.hpp")
endif()
set(_metaxy_licenses "")
foreach(header IN LISTS _metaxy_header_only)
  string(MAKE_C_IDENTIFIER "${header}" name)
  find_file(METAXY_LICENSES_${name} "${header}")
  mark_as_advanced(METAXY_LICENSES_${name})
  list(APPEND _metaxy_licenses --header "${header}=${METAXY_LICENSES_${name}}")
endforeach()
if(METAXY_BUILD_LANCEDB)
  # Also of a prebuilt bridge, which is compared with the crates.
  find_program(METAXY_CARGO cargo HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
  list(APPEND _metaxy_licenses --bridge "${METAXY_BRIDGE_LIBRARY}" --manifest "${METAXY_BRIDGE_DIR}/Cargo.toml" --cargo
       "${METAXY_CARGO}")
endif()
install(CODE "set(METAXY_LICENSES_DOCDIR [[${CMAKE_INSTALL_DOCDIR}]])
set(METAXY_LICENSES_SCRIPT [[${METAXY_LICENSES_PYTHON};${PROJECT_SOURCE_DIR}/tools/third_party_licenses.py]])
set(METAXY_LICENSES_OPTIONS [[${_metaxy_licenses}]])"
        COMPONENT Runtime)
install(SCRIPT "${PROJECT_SOURCE_DIR}/cmake/MetaxyInstallLicenses.cmake" COMPONENT Runtime)
