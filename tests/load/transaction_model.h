// What a call of a service does to its tables, to be done again by the connector: the call is made once, the rows that it inserted and
// changed are found, and the same are inserted and changed under the same locks, in one transaction, with other names and numbers.
#ifndef HEITIE_TESTS_LOAD_TRANSACTION_MODEL_H_
#define HEITIE_TESTS_LOAD_TRANSACTION_MODEL_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/load/measure.h"
#include "tests/load/tables.h"

namespace heitie::load {

// Of one length, so that it can stand in place of another one in whatever was stored.
std::string Unique();

class TransactionModel {
 public:
  // Tables by the quoted column that tells their rows apart.
  using Keys = std::map<std::string, std::string>;

  // `call` makes what is named `token`, on `target`. Both stand in the rows as they are here. Of `keys` are the tables that are looked at;
  // rows of those in `locked` are locked and changed.
  TransactionModel(Tables& tables, const std::string& service, Keys keys, const std::set<std::string>& locked, std::string token,
                   std::string target, const std::function<void()>& call);

  // The same on `target`, which has the same kind of rows.
  RawSql::Work Again(const std::string& target) const;

 private:
  using Snapshot = std::map<std::string, std::map<std::string, Tables::Row>>;  // table, key
  struct Update {
    std::string table, key_column, key, statement;
    int times = 0;  // parameters before the key, all of them the present
  };

  Snapshot Look(Tables& tables, const std::string& service) const;
  void AddUpdate(const std::string& table, const std::string& key, const Tables::Row& before, const Tables::Row& after);
  void AddInsert(const std::string& table, const std::string& key, const Tables::Row& row);

  const Keys keys_;
  const std::string token_, target_;
  std::vector<Update> updates_;  // by table and key, in which order they are locked
  std::vector<std::pair<std::string, Tables::Row>> inserts_;
  std::set<std::string> ids_;      // that the service gave to what it made
  std::set<std::string> strange_;  // other keys of what it made
};

}  // namespace heitie::load

#endif  // HEITIE_TESTS_LOAD_TRANSACTION_MODEL_H_
