#include "filter/keywords.h"

#include <algorithm>
#include <array>
#include <string>

#include "filter/token.h"

namespace metaxy::internal {

namespace {

// The lists record how the reference's parser treats each word that is a keyword in some dialect of
// SQL; most keywords are ordinary names. They are sorted. A filter accepted by one of the two
// programs and rejected by the other would be a trap: filters are part of feature definitions,
// which both read.
constexpr std::array<std::string_view, 62> kReserved = {
    "ALTER",
    "AND",
    "ANY",
    "AS",
    "BETWEEN",
    "CASE",
    "CONNECT_BY_ROOT",
    "CREATE",
    "CROSS",
    "CURRENT_CATALOG",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "DISTINCT",
    "DROP",
    "ELSE",
    "EXCEPT",
    "FALSE",
    "FETCH",
    "FOR",
    "FROM",
    "GLOB",
    "GRANT",
    "HAVING",
    "IF",
    "ILIKE",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "JOIN",
    "LATERAL",
    "LIKE",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "NOT",
    "NOTNULL",
    "NULL",
    "ON",
    "OR",
    "OUTER",
    "PARTITIONED_BY",
    "QUALIFY",
    "REGEXP",
    "RETURNING",
    "REVOKE",
    "RLIKE",
    "ROLLBACK",
    "SELECT",
    "SESSION_USER",
    "STRAIGHT_JOIN",
    "TABLESAMPLE",
    "THEN",
    "TRUE",
    "UNCACHE",
    "UNION",
    "USING",
    "WHEN",
    "WHERE",
    "WITH",
    "XOR",
};

constexpr std::array<std::string_view, 28> kStatements = {
    "ANALYZE", "BEGIN",    "CACHE",    "CALL",    "COMMENT", "COMMIT", "COPY",
    "DELETE",  "DESC",     "DESCRIBE", "EXECUTE", "EXPLAIN", "KILL",   "LOAD",
    "MERGE",   "OPTIMIZE", "PIVOT",    "PRAGMA",  "PREPARE", "RENAME", "SET",
    "SHOW",    "TRUNCATE", "UNPIVOT",  "UPDATE",  "USE",     "VACUUM", "WHILE",
};

constexpr std::array<std::string_view, 7> kNestedTypes = {"ARRAY",  "LIST",  "MAP",   "NULLABLE",
                                                          "OBJECT", "RANGE", "STRUCT"};

constexpr std::array<std::string_view, 13> kForeignOperators = {
    "BETWEEN", "COLLATE",  "DIV",    "ESCAPE", "GLOB",    "ILIKE", "LIKE",
    "MOD",     "OVERLAPS", "REGEXP", "RLIKE",  "SIMILAR", "XOR"};

constexpr std::array<std::string_view, 3> kExtendedOperators = {"BETWEEN", "ILIKE", "LIKE"};

template <size_t kSize>
constexpr bool IsSorted(const std::array<std::string_view, kSize>& words) {
  return std::is_sorted(words.begin(), words.end());
}
static_assert(IsSorted(kReserved) && IsSorted(kStatements) && IsSorted(kNestedTypes) &&
              IsSorted(kForeignOperators) && IsSorted(kExtendedOperators));

template <size_t kSize>
bool Contains(const std::array<std::string_view, kSize>& words, std::string_view word) {
  return std::binary_search(words.begin(), words.end(), std::string_view(ToUpper(word)));
}

}  // namespace

bool IsReservedWord(std::string_view word) { return Contains(kReserved, word); }
bool IsStatementWord(std::string_view word) { return Contains(kStatements, word); }
bool IsNestedTypeWord(std::string_view word) { return Contains(kNestedTypes, word); }
bool IsForeignOperator(std::string_view word) { return Contains(kForeignOperators, word); }
bool IsExtendedOperator(std::string_view word) { return Contains(kExtendedOperators, word); }

}  // namespace metaxy::internal
