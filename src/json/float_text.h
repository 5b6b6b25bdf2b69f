// Float formatting as other languages do it. Such strings are hashed, so every character counts.
// Texts of floats are hashed, so every character counts.
#pragma once

#include <string>

namespace metaxy {

/// \brief Python's repr(): the shortest string that reads back as `value`, such as "0.1", "1e-05",
/// "1e+16", "nan", "-inf".
std::string PythonFloatText(double value);

/// \brief As written by pydantic and Polars: "0.00001", "1e-7", "1e+16", "NaN", "-inf".
std::string RustFloatText(double value);
/// \brief The same with the digits that distinguish a float from its neighbours, and with exponents
/// from "1e+13" on and below "0.000001". Polars prints halves as the equal floats.
std::string RustFloatText(float value);

/// \brief As LanceDB converts a float that is appended to a string column: "0.00001", "1e-7",
/// "1e16", "NaN", "-inf".
std::string StoredFloatText(double value);
/// \brief The same for the shorter type, which uses exponents from "1e13" on and below "0.000001".
std::string StoredFloatText(float value);
/// \brief The same for half floats, given as floats: no exponents, and no ".0".
std::string StoredHalfText(float value);

}  // namespace metaxy
