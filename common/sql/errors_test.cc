#include "common/sql/errors.h"

#include "common/test/fixture.h"

namespace heitie::sql {
namespace {

struct Case {
  int code;
  const char* text;
  absl::StatusCode status;
  Then then;
};

// As the servers and the client library word them.
const Case kCases[] = {
    // What the data says.
    {1062, "Duplicate entry 'a' for key 'PRIMARY'", absl::StatusCode::kAlreadyExists, Then::kKeep},
    {1586, "Duplicate entry 'a' for key 'x'", absl::StatusCode::kAlreadyExists, Then::kKeep},
    {1451, "Cannot delete or update a parent row", absl::StatusCode::kFailedPrecondition, Then::kKeep},
    {1452, "Cannot add or update a child row", absl::StatusCode::kFailedPrecondition, Then::kKeep},
    {3819, "Check constraint 'x' is violated.", absl::StatusCode::kFailedPrecondition, Then::kKeep},
    {4025, "CONSTRAINT `x` failed for `s`.`t`", absl::StatusCode::kFailedPrecondition, Then::kKeep},
    {1264, "Out of range value for column 'n'", absl::StatusCode::kInvalidArgument, Then::kKeep},
    {1292, "Incorrect datetime value", absl::StatusCode::kInvalidArgument, Then::kKeep},
    {1366, "Incorrect string value", absl::StatusCode::kInvalidArgument, Then::kKeep},
    {1406, "Data too long for column 's'", absl::StatusCode::kInvalidArgument, Then::kKeep},
    {1411, "Incorrect datetime value for function str_to_date", absl::StatusCode::kInvalidArgument, Then::kKeep},
    {1153, "Got a packet bigger than 'max_allowed_packet' bytes", absl::StatusCode::kInvalidArgument, Then::kClose},
    {2020, "Got packet bigger than 'max_allowed_packet' bytes", absl::StatusCode::kInvalidArgument, Then::kClose},
    // What others do at the same time.
    {1205, "Lock wait timeout exceeded; try restarting transaction", absl::StatusCode::kAborted, Then::kKeep},
    {1213, "Deadlock found when trying to get lock; try restarting transaction", absl::StatusCode::kAborted, Then::kKeep},
    {1020, "Record has changed since last read in table 't'", absl::StatusCode::kAborted, Then::kKeep},
    {3101, "Plugin instructed the server to rollback the current transaction.", absl::StatusCode::kAborted, Then::kKeep},
    {1180, "Got error 149 - 'Lock deadlock; Retry transaction' during COMMIT", absl::StatusCode::kAborted, Then::kKeep},
    {1030, "Got error 149 \"Lock deadlock; Retry transaction\" from storage engine InnoDB", absl::StatusCode::kAborted, Then::kKeep},
    {3572, "Statement aborted because lock(s) could not be acquired immediately and NOWAIT is set.", absl::StatusCode::kAborted,
     Then::kKeep},
    // Statements that were ended.
    {1969, "Query execution was interrupted (max_statement_time exceeded)", absl::StatusCode::kDeadlineExceeded, Then::kKeep},
    {3024, "Query execution was interrupted, maximum statement execution time exceeded", absl::StatusCode::kDeadlineExceeded, Then::kKeep},
    {1317, "Query execution was interrupted", absl::StatusCode::kUnavailable, Then::kKeep},
    {1028, "Sort aborted", absl::StatusCode::kUnavailable, Then::kKeep},
    // The connection is gone.
    {1053, "Server shutdown in progress", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {1152, "Aborted connection", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {1158, "Got an error reading communication packets", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {1161, "Got timeout writing communication packets", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {1243, "Unknown prepared statement handler", absl::StatusCode::kUnavailable, Then::kClose},
    {1927, "Connection was killed", absl::StatusCode::kUnavailable, Then::kClose},
    {2002, "Can't connect to local server through socket", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {2003, "Can't connect to MySQL server on 'db' (111)", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {2005, "Unknown MySQL server host 'db' (-2)", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {2006, "Server has gone away", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {2012, "Error in server handshake", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {2013, "Lost connection to server during query", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {2026, "TLS/SSL error: unexpected eof while reading", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {2027, "Received malformed packet", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {2055, "Lost connection to server at 'reading', system error: 110", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {4031, "The client was disconnected by the server because of inactivity.", absl::StatusCode::kUnavailable, Then::kCloseAll},
    // The server is there and does not serve.
    {1047, "WSREP has not yet prepared node for application use", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {1180, "Got error 6 \"No such device or address\" during COMMIT", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {1030, "Got error 5 \"Input/output error\" from storage engine InnoDB", absl::StatusCode::kUnavailable, Then::kKeep},
    {1129, "Host '10.0.0.1' is blocked because of many connection errors", absl::StatusCode::kUnavailable, Then::kClose},
    {3032, "The server is currently in offline mode", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {3100, "Error on observer while running replication hook 'before_commit'.", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {3168, "Server isn't available", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {9001, "Max connect timeout reached while reaching hostgroup 0", absl::StatusCode::kUnavailable, Then::kCloseAll},
    // It takes no writes.
    {1290, "The MariaDB server is running with the --read-only option so it cannot execute this statement", absl::StatusCode::kUnavailable,
     Then::kCloseAll},
    {1792, "Cannot execute statement in a READ ONLY transaction", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {1836, "Running in read-only mode", absl::StatusCode::kUnavailable, Then::kCloseAll},
    {1223, "Can't execute the query because you have a conflicting read lock", absl::StatusCode::kUnavailable, Then::kKeep},
    // It has no room.
    {1021, "Disk full (/tmp); waiting for someone to free some space... (errno: 28)", absl::StatusCode::kResourceExhausted, Then::kKeep},
    {1114, "The table 't' is full", absl::StatusCode::kResourceExhausted, Then::kKeep},
    {1030, "Got error 28 \"No space left on device\" from storage engine InnoDB", absl::StatusCode::kResourceExhausted, Then::kKeep},
    {1023, "Error on close of 't' (errno: 28)", absl::StatusCode::kResourceExhausted, Then::kKeep},
    {1026, "Error writing file 't' (errno: 28 \"No space left on device\")", absl::StatusCode::kResourceExhausted, Then::kKeep},
    {3675, "Create table/tablespace 't' failed, as disk is full", absl::StatusCode::kResourceExhausted, Then::kKeep},
    // It is at a limit.
    {1040, "Too many connections", absl::StatusCode::kResourceExhausted, Then::kClose},
    {1041, "Out of memory.", absl::StatusCode::kResourceExhausted, Then::kKeep},
    {1135, "Can't create a new thread (errno 11)", absl::StatusCode::kResourceExhausted, Then::kClose},
    {1203, "User x already has more than 'max_user_connections' active connections", absl::StatusCode::kResourceExhausted, Then::kClose},
    {1226, "User 'x' has exceeded the 'max_questions' resource (current value: 9)", absl::StatusCode::kResourceExhausted, Then::kKeep},
    {1461, "Can't create more than max_prepared_stmt_count statements", absl::StatusCode::kResourceExhausted, Then::kKeep},
    // It does not let us in.
    {1044, "Access denied for user 'x'@'%' to database 's'", absl::StatusCode::kUnavailable, Then::kKeep},
    {1045, "Access denied for user 'x'@'localhost' (using password: YES)", absl::StatusCode::kUnavailable, Then::kClose},
    {1049, "Unknown database 's'", absl::StatusCode::kUnavailable, Then::kKeep},
    {1130, "Host '10.0.0.1' is not allowed to connect to this MariaDB server", absl::StatusCode::kUnavailable, Then::kClose},
    {1698, "Access denied for user 'root'@'localhost'", absl::StatusCode::kUnavailable, Then::kClose},
    // Bugs of ours.
    {0, "Invalid parameter index", absl::StatusCode::kInternal, Then::kClose},
    {1048, "Column 'n' cannot be null", absl::StatusCode::kInternal, Then::kKeep},
    {1064, "You have an error in your SQL syntax", absl::StatusCode::kInternal, Then::kKeep},
    {1146, "Table 's.t' doesn't exist", absl::StatusCode::kInternal, Then::kKeep},
    {1364, "Field 'n' doesn't have a default value", absl::StatusCode::kInternal, Then::kKeep},
    {2014, "Commands out of sync", absl::StatusCode::kInternal, Then::kClose},
    {2031, "No data supplied for parameters in prepared statement", absl::StatusCode::kInternal, Then::kClose},
};

google::rpc::Status Wire(const absl::Status& status) { return status::ToProto(status, status::Language::kTraditionalChinese); }

bool HasRetryInfo(const google::rpc::Status& wire) {
  return std::any_of(wire.details().begin(), wire.details().end(),
                     [](const auto& any) { return any.template Is<google::rpc::RetryInfo>(); });
}

TEST(ErrorsTest, EachIsToldAndTreatedAsItsKind) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::to_string(c.code) + " " + c.text);
    const absl::Status status = ToStatus(c.code, c.text);
    EXPECT_EQ(status.code(), c.status);
    EXPECT_EQ(Classify(c.code, c.text).then, c.then);
    const auto again = ErrorOf(status);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->code, c.code);
    EXPECT_EQ(again->then, c.then);
  }
}

TEST(ErrorsTest, CallersAreToldToComeBackButNotWhatTheDatabaseSaid) {
  for (const Case& c : kCases) {
    const google::rpc::Status wire = Wire(ToStatus(c.code, c.text));
    EXPECT_EQ(wire.SerializeAsString().find(c.text), std::string::npos) << c.code;
    EXPECT_EQ(wire.message().find(std::to_string(c.code)), std::string::npos) << c.code;
    const bool outage = c.status == absl::StatusCode::kUnavailable || c.status == absl::StatusCode::kResourceExhausted;
    EXPECT_EQ(HasRetryInfo(wire), outage || c.status == absl::StatusCode::kAborted) << c.code;
    EXPECT_EQ(status::ReasonOf(ToStatus(c.code, c.text)).empty(), c.status == absl::StatusCode::kInternal) << c.code;
  }
}

TEST(ErrorsTest, TheCauseStaysForTheLog) {
  EXPECT_EQ(CauseOf(ToStatus(1045, "Access denied")), "1045: Access denied");
  EXPECT_EQ(CauseOf(absl::InternalError("x")), "x");
  EXPECT_FALSE(ErrorOf(absl::AbortedError("stale")).has_value());
}

// No number of the client library may leave a connection in the pool.
TEST(ErrorsTest, WhatIsUnknownClosesTheConnectionUnlessTheServerAnswered) {
  for (int code = 2000; code < 3000; ++code) EXPECT_NE(Classify(code, "").then, Then::kKeep) << code;
  for (int code = 5000; code < 6000; ++code) EXPECT_NE(Classify(code, "").then, Then::kKeep) << code;
  for (const int code : {-1, 0, 1, 999, 100000}) EXPECT_EQ(Classify(code, "").then, Then::kClose) << code;
}

}  // namespace
}  // namespace heitie::sql
