# Python environments of the build, which tools/setup.sh makes.

# metaxy_python_environment(<variable> <folder> <description>): a cache variable with the environment variable of this
# name, or else the folder below ~/.cache/metaxy.
function(metaxy_python_environment variable folder description)
  if(NOT "$ENV{${variable}}" STREQUAL "")
    set(default "$ENV{${variable}}")
  elseif("$ENV{HOME}" STREQUAL "")
    set(default "${CMAKE_BINARY_DIR}/metaxy-${folder}")
  else()
    set(default "$ENV{HOME}/.cache/metaxy/${folder}")
  endif()
  set(${variable} "${default}" CACHE PATH "${description}")
endfunction()
