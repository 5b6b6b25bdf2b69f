// Every hash function compared with the reference (goldens/row_hashes.json) and with published
// values.
#include "versioning/hash/row_hash.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "metaxy/errors.h"
#include "test_paths.h"
#include "versioning/hash/decimal.h"

namespace metaxy::internal {
namespace {

constexpr int kWhole = 64;

std::string HashText(HashAlgorithm algorithm, std::string_view text, int truncation = kWhole) {
  const RowHasher hasher = RowHasher::Make(algorithm, truncation).ValueOrDie();
  std::array<char, RowHasher::kMaxText> out;
  return std::string(out.data(), hasher.Hash(text, out.data()));
}

// The same bytes as text_of_length() in capture_row_hashes.py.
std::string TextOfLength(int length) {
  std::string text;
  for (int i = 0; i < length; ++i) text += static_cast<char>(33 + (7 * i + 13 * length) % 94);
  return text;
}

// Through a different OpenSSL interface than the one under test.
std::string Sha256Hex(const std::string& text) {
  std::array<unsigned char, 32> digest;
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned char byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

const nlohmann::json& Goldens() {
  static const nlohmann::json goldens = nlohmann::json::parse(
      std::ifstream(testing::SourceDir() + "/tests/reference/recorded/goldens/row_hashes.json"));
  return goldens;
}

TEST(RowHashTest, EqualsTheReference) {
  ASSERT_EQ(Goldens()["algorithms"].size(), 6U);
  for (const auto& [name, golden] : Goldens()["algorithms"].items()) {
    SCOPED_TRACE(name);
    const HashAlgorithm algorithm = ParseHashAlgorithm(name).ValueOrDie();
    for (const auto& [text, hash] : golden["values"].items()) {
      EXPECT_EQ(HashText(algorithm, text), hash.get<std::string>()) << "of '" << text << "'";
    }
  }
}

TEST(RowHashTest, EqualsTheReferenceForEveryLength) {
  const int max_length = Goldens()["max_length"];
  ASSERT_EQ(max_length, 1100);
  for (const auto& [name, golden] : Goldens()["algorithms"].items()) {
    const HashAlgorithm algorithm = ParseHashAlgorithm(name).ValueOrDie();
    std::string all;
    for (int length = 0; length <= max_length; ++length) {
      if (length > 0) all += '\n';
      all += HashText(algorithm, TextOfLength(length));
    }
    EXPECT_EQ(Sha256Hex(all), golden["sha256_of_all"].get<std::string>()) << name;
  }
}

TEST(DigitsTest, AreThoseOfTheNumber) {
  const auto digits = [](uint32_t value) {
    std::array<char, kDigitSpace> out;
    return std::string(out.data(), WriteDigits(value, out.data()));
  };
  std::vector<uint64_t> values = {0};
  for (uint64_t power = 1; power < 10'000'000'000; power *= 10)
    for (const uint64_t near : {power - 1, power, power + 1}) values.push_back(near);
  for (int bit = 0; bit < 32; ++bit)
    for (const uint64_t less : {1, 0}) values.push_back((uint64_t{1} << bit) - less);
  values.push_back(0xffffffff);
  std::mt19937 random(1);
  for (int i = 0; i < 200'000; ++i) values.push_back(random() >> (i % 32));
  for (const uint64_t value : values) {
    if (value > 0xffffffff) continue;
    ASSERT_EQ(digits(static_cast<uint32_t>(value)), std::to_string(value));
  }
}

struct Published {
  HashAlgorithm algorithm;
  const char* text;
  const char* hash;
};

// RFC 1321; FIPS 180-2; the specification of xxHash; BigQuery's page on FARM_FINGERPRINT.
const std::vector<Published> kPublished = {
    {HashAlgorithm::kMd5, "", "d41d8cd98f00b204e9800998ecf8427e"},
    {HashAlgorithm::kMd5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
    {HashAlgorithm::kSha256, "",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {HashAlgorithm::kSha256, "abc",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {HashAlgorithm::kXxhash32, "", "46947589"},
    {HashAlgorithm::kXxhash32, "Nobody inspects the spammish repetition", "3794352943"},
    {HashAlgorithm::kXxhash64, "", "17241709254077376921"},
    {HashAlgorithm::kXxhash64, "Nobody inspects the spammish repetition", "18144624926692707313"},
    {HashAlgorithm::kXxh3_64, "", "3244421341483603138"},
};

TEST(RowHashTest, EqualsPublishedValues) {
  for (const Published& published : kPublished) {
    EXPECT_EQ(HashText(published.algorithm, published.text), published.hash)
        << HashAlgorithmName(published.algorithm) << " of '" << published.text << "'";
  }
}

TEST(RowHashTest, TruncatesLongTextsOnly) {
  EXPECT_EQ(HashText(HashAlgorithm::kXxhash64, "x|1|raw/a.x|r", 8), "38856509");
  EXPECT_EQ(HashText(HashAlgorithm::kXxhash64, "15306731|38856509", 8), "53035092");
  EXPECT_EQ(HashText(HashAlgorithm::kSha256, "abc", 10), "ba7816bf8f");
  EXPECT_EQ(HashText(HashAlgorithm::kXxhash32, "", 9), "46947589");
  EXPECT_EQ(HashText(HashAlgorithm::kSha256, "abc", 1000).size(), 64U);
}

TEST(RowHashTest, RefusesWhatCannotBe) {
  const arrow::Status shorter = RowHasher::Make(HashAlgorithm::kMd5, 7).status();
  EXPECT_TRUE(IsError(shorter, ErrorCode::kInvalidInput));
  EXPECT_EQ(shorter.message(), "hash_truncation_length is 7; it must be at least 8");
  // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): a mistake a caller can make.
  const arrow::Status farmhash = RowHasher::Make(HashAlgorithm::kFarmhash, 8).status();
  EXPECT_EQ(GetErrorCode(farmhash), ErrorCode::kHashAlgorithmNotSupported);
  EXPECT_NE(farmhash.message().find("'farmhash' is not available"), std::string::npos);
  const arrow::Status unknown = RowHasher::Make(static_cast<HashAlgorithm>(99), 8).status();
  EXPECT_TRUE(IsError(unknown, ErrorCode::kHashAlgorithmNotSupported));
}

TEST(RowHashTest, OneHasherServesSeveralThreads) {
  for (HashAlgorithm algorithm :
       {HashAlgorithm::kSha256, HashAlgorithm::kMd5, HashAlgorithm::kXxhash32}) {
    const RowHasher hasher = RowHasher::Make(algorithm, kWhole).ValueOrDie();
    std::vector<std::string> expected;
    for (int i = 0; i < 500; ++i) expected.push_back(HashText(algorithm, TextOfLength(i)));
    std::array<int, 4> wrong = {};
    std::vector<std::thread> threads;
    for (int& count : wrong) {
      threads.emplace_back([&hasher, &expected, &count] {
        std::array<char, RowHasher::kMaxText> out;
        for (int i = 0; i < 500; ++i) {
          const size_t size = hasher.Hash(TextOfLength(i), out.data());
          if (std::string_view(out.data(), size) != expected[static_cast<size_t>(i)]) ++count;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, (std::array<int, 4>{}));
  }
}

}  // namespace
}  // namespace metaxy::internal
