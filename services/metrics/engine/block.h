// Rows with their origin, as they are kept: in blocks of one series and day, column by column. Pure functions; no database.
#ifndef HEITIE_SERVICES_METRICS_ENGINE_BLOCK_H_
#define HEITIE_SERVICES_METRICS_ENGINE_BLOCK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/metrics/engine/point.h"
#include "services/metrics/engine/rows.h"

namespace heitie::metrics {

// Ordinals by user id.
using Ordinals = absl::flat_hash_map<std::string, uint32_t>;

inline constexpr char kPropertyPrefix = '.';

struct Block {
  // Every column of it is there (amounts when any row has one). The column of producers has a value for each row. Columns of properties
  // have kPropertyPrefix before their key, since another row may have a dimension of that key.
  Rows rows;
  // Where each row came from: the batch's sequence and its place there.
  std::vector<int64_t> sequences;
  std::vector<uint32_t> positions;
  // Empty when no row has one.
  std::vector<std::string> event_ids;

  size_t size() const { return rows.size(); }
};

// The rows of a batch that have that name and day; each user of an event has an ordinal. Ordered.
Block MakeBlock(const std::vector<const Point*>& points, const std::string& producer, int64_t sequence, const Ordinals& ordinals);

// Puts the rows of `from` behind those of `to`.
void Append(const Block& from, Block& to);
// The rows of these indices, in their order; values that no row has any more are dropped.
Block Pick(const Block& block, const std::vector<uint32_t>& indices);
// Puts the rows in the order of user and time; equal ones in that of producer, sequence and position, so that equal rows make equal bytes.
void Sort(Block& block);

// What is stored of a block: three texts, each with a digest of its own in front.
struct StoredBlock {
  uint32_t first_user = 0, last_user = 0;
  int64_t row_count = 0;
  std::string keys;        // users and times
  std::string attributes;  // columns and amounts
  std::string origin;      // sequences, positions, event ids
};
// Rows of an ordered block in portions of at most 65,536 rows and about 512 KiB a text.
std::vector<StoredBlock> Store(const Block& block);

// Parts of a stored block beside its keys.
enum BlockPart : unsigned { kAttributesPart = 1, kOriginPart = 2 };
// DATA_LOSS when a text is not what Store made. Texts of parts that are not asked for are not looked at.
absl::StatusOr<Block> Load(const StoredBlock& stored, unsigned parts);

// Makes rows of a block what questions read: a property has its plain key.
void NameProperties(Rows& rows);

// `bytes` behind their digest, and what is behind a digest that is right; DATA_LOSS.
std::string WithDigest(const std::string& bytes);
absl::StatusOr<std::string> WithoutDigest(const std::string& stored);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ENGINE_BLOCK_H_
