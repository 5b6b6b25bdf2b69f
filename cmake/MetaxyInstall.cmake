# cmake --install: the library, its headers, the program, the bridge, and a package for find_package(metaxy).

include(CMakePackageConfigHelpers)

set(METAXY_INSTALL_CMAKEDIR "${CMAKE_INSTALL_LIBDIR}/cmake/metaxy")

install(
  TARGETS metaxy
  EXPORT metaxyTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(
  EXPORT metaxyTargets
  NAMESPACE metaxy::
  DESTINATION "${METAXY_INSTALL_CMAKEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/metaxy" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
if(METAXY_BUILD_LANCEDB)
  install(PROGRAMS "${METAXY_BRIDGE_LIBRARY}" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endif()
if(TARGET metaxy_cli)
  install(TARGETS metaxy_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  file(RELATIVE_PATH _metaxy_lib_from_bin "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")
  set_target_properties(metaxy_cli PROPERTIES INSTALL_RPATH "$ORIGIN/${_metaxy_lib_from_bin}"
                                              INSTALL_RPATH_USE_LINK_PATH ON)
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
  install(FILES "${_metaxy_share}/metaxy.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
  install(FILES "${_metaxy_share}/metaxy" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
  install(FILES "${_metaxy_share}/_metaxy" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
  install(FILES "${_metaxy_share}/metaxy.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
endif()
# Arrow may live in a wheel, where no loader looks by itself.
set_target_properties(metaxy PROPERTIES INSTALL_RPATH "$ORIGIN" INSTALL_RPATH_USE_LINK_PATH ON)

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/metaxyConfig.cmake.in" "${PROJECT_BINARY_DIR}/metaxyConfig.cmake"
  INSTALL_DESTINATION "${METAXY_INSTALL_CMAKEDIR}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/metaxyConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/metaxyConfig.cmake" "${PROJECT_BINARY_DIR}/metaxyConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/MetaxyArrow.cmake"
        DESTINATION "${METAXY_INSTALL_CMAKEDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/NOTICE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
