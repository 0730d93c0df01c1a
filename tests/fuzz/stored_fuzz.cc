// A byte that says what it is, then stored bytes of the engine: a set of users (u), the three texts of a block, each with two bytes of its
// length in front (b), or a sum (s). As they are they are nothing without their digest; behind a right digest they are what was written, or
// DATA_LOSS, and what is read can be worked with.
#include <algorithm>

#include "common/exact/sum.h"
#include "services/metrics/engine/block.h"
#include "services/metrics/engine/rollup.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {
namespace {

using metrics::Block;
using metrics::StoredBlock;
using metrics::WithDigest;

void PlayUsers(const std::string& bytes) {
  Require(absl::IsDataLoss(metrics::LoadUsers(bytes).status()) || metrics::WithoutDigest(bytes).ok(), "what has no digest is not read");
  const auto users = metrics::LoadUsers(WithDigest(bytes));
  if (!users.ok()) return Require(absl::IsDataLoss(users.status()), "what is no set is DATA_LOSS");
  // Everything that is done with sets.
  std::vector<uint32_t> members(users->cardinality());
  users->toUint32Array(members.data());
  Require(std::is_sorted(members.begin(), members.end()) && std::adjacent_find(members.begin(), members.end()) == members.end(),
          "a set is one");
  const Roaring others = Roaring::bitmapOf(5, 0u, 1u, 70000u, 4194303u, 4294967295u);
  Roaring range, both = *users & others, either = *users | others, without = *users - others, copy = *users;
  range.addRange(1000, 300000);
  copy &= range;
  copy |= others;
  copy ^= *users;
  Require(both.cardinality() + either.cardinality() == users->cardinality() + others.cardinality(), "sets add up");
  Require(without.cardinality() + both.cardinality() == users->cardinality(), "sets add up");
  for (size_t i = 0; i < members.size() && i < 16; ++i) {
    Roaring less = *users;
    less.remove(members[i * 997 % members.size()]);
    Require(less.cardinality() + 1 == users->cardinality(), "one less");
  }
  const auto again = metrics::LoadUsers(metrics::SaveUsers(*users));
  Require(again.ok() && *again == *users, "what is written is read again");
}

StoredBlock BlockOf(const std::string& bytes) {
  StoredBlock stored;
  std::string texts[3];
  size_t at = 0;
  for (std::string& text : texts) {
    if (at + 2 > bytes.size()) break;
    const size_t length = static_cast<unsigned char>(bytes[at]) | static_cast<size_t>(static_cast<unsigned char>(bytes[at + 1])) << 8;
    text = bytes.substr(at + 2, length);
    at = std::min(bytes.size(), at + 2 + length);
  }
  stored.keys = WithDigest(texts[0]);
  stored.attributes = WithDigest(texts[1]);
  stored.origin = WithDigest(texts[2]);
  return stored;
}

void PlayBlock(const std::string& bytes) {
  StoredBlock stored = BlockOf(bytes);
  // The row says how many and whose they are, which the keys tell as well.
  for (stored.row_count = 1; stored.row_count <= 4; ++stored.row_count) {
    for (const uint32_t last : {0u, 1u, 7u, 5000000u}) {
      stored.last_user = last;
      const auto loaded = metrics::Load(stored, metrics::kAttributesPart | metrics::kOriginPart);
      if (!loaded.ok()) {
        Require(absl::IsDataLoss(loaded.status()), "what is no block is DATA_LOSS");
        continue;
      }
      const Block block = *loaded;
      int64_t rows = 0;
      for (const bool events : {false, true}) {
        rows = 0;
        for (const auto& [key, cell] : metrics::RollUp(block.rows, events)) {
          if (key.activity.empty() && key.dimension.empty()) rows += cell.count;
          metrics::LoadUsers(metrics::SaveUsers(cell.users)).value();
        }
        Require(rows == stored.row_count, "every row counts once");
      }
      Block twice = block;
      metrics::Append(block, twice);
      metrics::Sort(twice);
      Require(twice.size() == 2 * block.size(), "rows stay");
      Block some = metrics::Pick(twice, {0, static_cast<uint32_t>(twice.size()) - 1});
      metrics::NameProperties(some.rows);
      int64_t kept = 0;
      for (const StoredBlock& one : metrics::Store(twice)) {
        Require(metrics::Load(one, metrics::kAttributesPart | metrics::kOriginPart).ok(), "what is written is read again");
        kept += one.row_count;
      }
      Require(kept == static_cast<int64_t>(twice.size()), "all of it");
    }
  }
}

void PlaySum(const std::string& bytes) {
  auto sum = exact::Sum::Load(bytes);
  if (!sum) return;
  RequireEqual(sum->Save(), bytes, "a sum that is read is what was written");
  sum->value();
  sum->Add(0.1);
  sum->Subtract(0.1);
  RequireEqual(sum->Save(), bytes, "what is added and taken away leaves nothing");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'u':
      heitie::fuzz::PlayUsers(bytes);
      break;
    case 'b':
      heitie::fuzz::PlayBlock(bytes);
      break;
    default:
      heitie::fuzz::PlaySum(bytes);
      break;
  }
  return 0;
}
