// In place of common/sql's database and of the write groups: every work runs at once, on the caller's thread, in the session that the
// target has set. A program that links fake_database.cc has no other database.
#ifndef HEITIE_TESTS_FUZZ_FAKE_DATABASE_H_
#define HEITIE_TESTS_FUZZ_FAKE_DATABASE_H_

#include "common/sql/database.h"

namespace heitie::fuzz {

// The session of the works to come.
void SetSession(sql::Session& session);

}  // namespace heitie::fuzz

#endif  // HEITIE_TESTS_FUZZ_FAKE_DATABASE_H_
