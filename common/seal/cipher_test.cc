#include "common/seal/cipher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/escaping.h"

namespace heitie::seal {
namespace {

using ::testing::Optional;

std::string Hex(const std::string& hex) { return absl::HexStringToBytes(hex); }

// From "The Galois/Counter Mode of Operation" (McGrew, Viega), which NIST SP 800-38D refers to: cases 13, 14 and 16.
struct Vector {
  std::string key, nonce, bound, plain, cipher, tag;
};
const std::vector<Vector>& Vectors() {
  static const auto& vectors = *new std::vector<Vector>{
      {std::string(64, '0'), std::string(24, '0'), "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
      {std::string(64, '0'), std::string(24, '0'), "", std::string(32, '0'), "cea7403d4d606b6e074ec5d3baf39d18",
       "d0d1c8a799996bf0265b98b5d48ab919"},
      {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
       "feedfacedeadbeeffeedfacedeadbeefabaddad2",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
       "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
       "76fc6ece0f4e1768cddf8853bb2d551b"},
  };
  return vectors;
}

TEST(CipherTest, GivesTheKnownAnswers) {
  for (const Vector& v : Vectors()) {
    const std::string sealed = EncryptWith(Hex(v.key), Hex(v.nonce), Hex(v.bound), Hex(v.plain));
    EXPECT_EQ(absl::BytesToHexString(sealed), v.nonce + v.cipher + v.tag);
    EXPECT_THAT(Decrypt(Hex(v.key), Hex(v.bound), sealed), Optional(Hex(v.plain)));
  }
  // RFC 4231, case 1.
  EXPECT_EQ(Hmac(std::string(20, '\x0b'), "Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(CipherTest, OpensWhatItSealedAndNothingElse) {
  const std::string key = RandomBytes(kKeyBytes);
  for (const size_t size : {0, 1, 15, 16, 17, 5000}) {
    const std::string plain = RandomBytes(size);
    const std::string sealed = Encrypt(key, "employees/li", plain);
    EXPECT_THAT(Decrypt(key, "employees/li", sealed), Optional(plain));
    EXPECT_EQ(Decrypt(key, "employees/bo", sealed), std::nullopt);
    EXPECT_EQ(Decrypt(RandomBytes(kKeyBytes), "employees/li", sealed), std::nullopt);
    EXPECT_EQ(Decrypt(key, "employees/li", sealed.substr(0, sealed.size() - 1)), std::nullopt);
    EXPECT_EQ(Decrypt(key, "employees/li", sealed + "x"), std::nullopt);
  }
  EXPECT_EQ(Decrypt(key, "", ""), std::nullopt);
  EXPECT_EQ(Decrypt(key, "", std::string(kNonceBytes + kTagBytes - 1, 'x')), std::nullopt);
}

TEST(CipherTest, FindsEachChangedBit) {
  const std::string key = RandomBytes(kKeyBytes), sealed = Encrypt(key, "bound", "a name");
  for (size_t i = 0; i < sealed.size() * 8; ++i) {
    std::string changed = sealed;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    EXPECT_EQ(Decrypt(key, "bound", changed), std::nullopt) << "bit " << i;
  }
}

TEST(CipherTest, NeverUsesANonceTwice) {
  std::set<std::string> nonces;
  const std::string key = RandomBytes(kKeyBytes);
  for (int i = 0; i < 1000; ++i) nonces.insert(Encrypt(key, "", "same").substr(0, kNonceBytes));
  EXPECT_EQ(nonces.size(), 1000u);
}

}  // namespace
}  // namespace heitie::seal
