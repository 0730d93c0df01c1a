#include "services/metrics/import/import.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/test/fixture.h"
#include "common/text/markdown.h"
#include "heitie/metrics/v1/delivery.pb.h"
#include "heitie/metrics/v1/event_schema.pb.h"
#include "heitie/metrics/v1/import.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;
using heitie::test::Violations;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kPurchases[] = R"pb(format: FORMAT_CSV
                                   fields { target: TARGET_EVENT_NAME constant: "purchase" }
                                   fields { target: TARGET_USER column: "customer" }
                                   fields { target: TARGET_OCCUR_TIME column: "date" }
                                   fields { target: TARGET_VALUE_MINOR column: "amount" scale: 2 }
                                   fields { target: TARGET_PROPERTY key: "quantity" column: "quantity" })pb";

class ImportTest : public heitie::test::ServiceTest<Service> {
 protected:
  ImportTest() : ServiceTest("metrics") {}

  absl::StatusOr<v1::Import> Create(const std::string& id, const std::string& content, const std::string& mapping = kPurchases) {
    v1::CreateImportRequest request;
    request.set_import_id(id);
    request.mutable_import()->set_title("Purchases of the old shop");
    *request.mutable_import()->mutable_mapping() = Proto<v1::ImportMapping>(mapping);
    request.mutable_import()->set_size_bytes(static_cast<int64_t>(content.size()));
    request.mutable_import()->set_sha256(text::Sha256Hex(content));
    return Call<v1::Import>("CreateImport", Analyst(), request);
  }
  absl::StatusOr<v1::Import> Upload(const std::string& id, int64_t offset, const std::string& piece) {
    v1::UploadImportRequest request;
    request.set_name("imports/" + id);
    request.set_offset(offset);
    request.set_data(piece);
    request.set_sha256(text::Sha256Hex(piece));
    return Call<v1::Import>("UploadImport", Analyst(), request);
  }
  void UploadAll(const std::string& id, const std::string& content) {
    for (size_t at = 0; at < content.size(); at += 1 << 20) {
      ASSERT_THAT(Upload(id, static_cast<int64_t>(at), content.substr(at, 1 << 20)), IsOk());
    }
  }
  v1::Import Get(const std::string& id) {
    auto import = Call<v1::Import>("GetImport", Analyst(), Proto<v1::GetImportRequest>(absl::StrCat("name: 'imports/", id, "'")));
    EXPECT_THAT(import, IsOk());
    return import.ok() ? *import : v1::Import();
  }
  absl::StatusOr<v1::Import> Start(const std::string& id) {
    return Call<v1::Import>("StartImport", Analyst(), Proto<v1::StartImportRequest>(absl::StrCat("name: 'imports/", id, "'")));
  }
  void Work() {
    for (int i = 0; i < 100; ++i) {
      const auto ran = jobs_.RunDue();
      ASSERT_THAT(ran, IsOk());
      if (Number("SELECT COUNT(*) FROM imports WHERE state IN ('STATE_VALIDATING', 'STATE_RUNNING')") == 0) return;
    }
    FAIL() << "an import does not end";
  }
  // Uploads, reads through and takes in.
  v1::Import ImportAll(const std::string& id, const std::string& content, const std::string& mapping = kPurchases) {
    EXPECT_THAT(Create(id, content, mapping), IsOk());
    UploadAll(id, content);
    Work();
    EXPECT_EQ(Get(id).state(), v1::Import::STATE_READY) << Get(id).failure();
    EXPECT_THAT(Start(id), IsOk());
    Work();
    return Get(id);
  }
  int64_t Number(const std::string& query) {
    int64_t number = -1;
    EXPECT_THAT(database_.get().Read(
                    absl::Now() + absl::Seconds(20),
                    [&](sql::Session& session) { return session.Query(query, {}, [&](const sql::Row& row) { number = row.Int(0); }); }),
                IsOk());
    return number;
  }
  void Change(const std::string& statement) {
    ASSERT_THAT(
        database_.get().Write(absl::Now() + absl::Seconds(20), [&](sql::Session& session) { return session.Execute(statement).status(); }),
        IsOk());
  }
  v1::Figures Total() {
    auto answer = Call<v1::QueryMetricResponse>(
        "QueryMetric", Analyst(),
        Proto<v1::QueryMetricRequest>(
            "start_date { year: 2021 month: 1 day: 1 } end_date { year: 2023 month: 1 day: 1 } event_name: 'purchase'"));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() && answer->totals_size() > 0 ? answer->totals(0).figures() : v1::Figures();
  }
  std::string Errors(const std::string& id, int64_t after, int max_rows, int64_t* last) {
    v1::DownloadImportErrorsRequest request;
    request.set_name("imports/" + id);
    request.set_after_row(after);
    request.set_max_rows(max_rows);
    auto answer = Call<v1::DownloadImportErrorsResponse>("DownloadImportErrors", Analyst(), request);
    EXPECT_THAT(answer, IsOk());
    if (!answer.ok()) return "";
    *last = answer->last_row();
    return answer->csv();
  }
};

constexpr char kSmall[] =
    "\xEF\xBB\xBF"
    "customer,date,quantity,amount\r\n00001,2021-01-01,1,11.77\r\n\"00002\",2021-01-12,1,12.00\r\n00001,2021-01-13,2,0.5";

// A row that lies in the future is none yet. When the file comes again later, the same sequence would be another batch: the import says so
// and ends.
TEST_F(ImportTest, AFileWithRowsOfTheFutureCannotBeImportedTwice) {
  const std::string file = "customer,date,quantity,amount\n1,2021-01-01,1,1\n2," +
                           absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", clock_.Now() + absl::Hours(1), absl::UTCTimeZone()) + ",1,1\n";
  const v1::Import first = ImportAll("first", file);
  EXPECT_EQ(first.state(), v1::Import::STATE_DONE);
  EXPECT_EQ(first.bad_row_count(), 1);
  clock_.Advance(absl::Hours(2));
  const v1::Import again = ImportAll("again", file);
  EXPECT_EQ(again.state(), v1::Import::STATE_FAILED);
  EXPECT_THAT(again.failure(), HasSubstr("arrived before with other content"));
  EXPECT_EQ(Total().count(), 1);
}

TEST_F(ImportTest, APieceGoesWhereTheFileGoesOn) {
  const std::string content = kSmall;
  ASSERT_THAT(Create("small", content), IsOk());
  ASSERT_THAT(Upload("small", 0, content.substr(0, 20)), IsOk());
  const auto gap = Upload("small", 30, content.substr(30));
  EXPECT_THAT(gap, HasReason("UPLOAD_OFFSET"));
  EXPECT_THAT(std::string(gap.status().message()), HasSubstr("goes on at 20"));
  EXPECT_THAT(Upload("small", 10, content.substr(10)), HasReason("UPLOAD_OFFSET"));
  EXPECT_THAT(Upload("small", 0, content.substr(0, 20)), IsOk()) << "the acknowledgement was lost";
  EXPECT_EQ(Get("small").uploaded_bytes(), 20);
  v1::UploadImportRequest damaged;
  damaged.set_name("imports/small");
  damaged.set_offset(20);
  damaged.set_data(content.substr(20));
  damaged.set_sha256(text::Sha256Hex("other"));
  EXPECT_THAT(Violations(Call<v1::Import>("UploadImport", Analyst(), damaged).status()), ElementsAre("sha256 UPLOAD_CHECKSUM"));
  EXPECT_THAT(Violations(Upload("small", 20, content.substr(20) + "x").status()), ElementsAre("data UPLOAD_TOO_LONG"));
  EXPECT_THAT(Start("small"), HasReason("ILLEGAL_TRANSITION"));
  auto last = Upload("small", 20, content.substr(20));
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ(last->state(), v1::Import::STATE_VALIDATING);
  EXPECT_THAT(Upload("small", 20, content.substr(20)), IsOk());
  Work();
  const v1::Import ready = Get("small");
  EXPECT_EQ(ready.state(), v1::Import::STATE_READY);
  EXPECT_EQ(ready.row_count(), 3);
  EXPECT_EQ(ready.bad_row_count(), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM producers"), 0) << "a dry run counts nothing";
}

TEST_F(ImportTest, ImportedOnceAndNothingMoreTheSecondTime) {
  const v1::Import first = ImportAll("first", kSmall);
  EXPECT_EQ(first.state(), v1::Import::STATE_DONE);
  EXPECT_EQ(first.accepted_count(), 3);
  EXPECT_FALSE(first.repeated());
  EXPECT_EQ(Total().count(), 3);
  EXPECT_EQ(Total().distinct_users(), 2);
  EXPECT_EQ(Total().sum_minor(), 1177 + 1200 + 50);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM import_piece"), 0) << "what was taken in is not kept twice";
  const v1::Import second = ImportAll("second", kSmall);
  EXPECT_TRUE(second.repeated());
  EXPECT_EQ(second.producer(), first.producer());
  EXPECT_EQ(Total().count(), 3);
  const v1::Import other = ImportAll("other", absl::StrCat(kSmall, "\n"));
  EXPECT_NE(other.producer(), first.producer());
  EXPECT_EQ(Total().count(), 6) << "other content is another file";
}

TEST_F(ImportTest, MeasurementsComeInTheSameWay) {
  const std::string content =
      "time,page,load\n2021-01-01T10:00,home,12.5\n2021-01-01T11:00,home,\n2021-01-01T12:00,cart,7\n2021-01-01T13:00,cart,many\n";
  const std::string mapping = R"pb(format: FORMAT_CSV
                                   fields { target: TARGET_MEASUREMENT_NAME constant: "page_load_ms" }
                                   fields { target: TARGET_OCCUR_TIME column: "time" }
                                   fields { target: TARGET_VALUE column: "load" }
                                   fields { target: TARGET_DIMENSION key: "page" column: "page" })pb";
  const v1::Import first = ImportAll("loads", content, mapping);
  EXPECT_EQ(first.row_count(), 4);
  EXPECT_EQ(first.bad_row_count(), 2) << "a row without a value is not one of 0";
  EXPECT_EQ(first.accepted_count(), 2);
  int64_t last = 0;
  EXPECT_THAT(Errors("loads", 0, 10, &last), HasSubstr("2,value,BAD_CELL,"));
  const auto total = [&] {
    auto answer = Call<v1::QueryMetricResponse>(
        "QueryMetric", Analyst(),
        Proto<v1::QueryMetricRequest>(
            "start_date { year: 2021 month: 1 day: 1 } end_date { year: 2021 month: 1 day: 1 } measurement_name: 'page_load_ms'"));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() && answer->totals_size() > 0 ? answer->totals(0).figures() : v1::Figures();
  };
  EXPECT_EQ(total().count(), 2);
  EXPECT_EQ(total().sum(), 19.5);
  const v1::Import second = ImportAll("again", content, mapping);
  EXPECT_TRUE(second.repeated());
  EXPECT_EQ(second.producer(), first.producer());
  EXPECT_EQ(total().count(), 2);
}

TEST_F(ImportTest, ContentThatIsNotWhatWasAnnouncedFails) {
  std::string content = kSmall;
  ASSERT_THAT(Create("small", content), IsOk());
  content[40] = '9';
  UploadAll("small", content);
  Work();
  EXPECT_EQ(Get("small").state(), v1::Import::STATE_FAILED);
  EXPECT_THAT(Get("small").failure(), HasSubstr("announced was"));
  ASSERT_THAT(Create("header", "user,date\nu,2021-01-01\n"), IsOk());
  UploadAll("header", "user,date\nu,2021-01-01\n");
  Work();
  EXPECT_EQ(Get("header").failure(), "The file has no column customer, amount, quantity.");
}

TEST_F(ImportTest, ErrorsAreACsvThatNothingComputes) {
  std::string content = "customer,date,quantity,amount\n";
  for (int i = 0; i < 10; ++i) absl::StrAppend(&content, "u", i, ",2021-01-01,1,", i % 3 == 0 ? "=1+1" : "2.50", "\n");
  const v1::Import done = ImportAll("errors", content);
  EXPECT_EQ(done.row_count(), 10);
  EXPECT_EQ(done.bad_row_count(), 4);
  EXPECT_EQ(done.accepted_count(), 6);
  int64_t last = 0;
  const std::string first = Errors("errors", 0, 2, &last);
  EXPECT_THAT(first, StartsWith("row,column,reason,text,value\r\n1,amount,BAD_CELL,"));
  EXPECT_THAT(first, HasSubstr(",'=1+1\r\n4,"));
  EXPECT_EQ(last, 4);
  const std::string second = Errors("errors", last, 0, &last);
  EXPECT_THAT(second, StartsWith("7,amount,"));
  EXPECT_EQ(last, 10);
  const rpc::Call engineer = heitie::test::By("employees/engineer", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now());
  auto others = Call<v1::DownloadImportErrorsResponse>("DownloadImportErrors", engineer,
                                                       Proto<v1::DownloadImportErrorsRequest>("name: 'imports/errors' max_rows: 1"));
  ASSERT_THAT(others, IsOk());
  EXPECT_EQ(others->csv(), "row,column,reason,text,value\r\n1,amount,BAD_CELL,,\r\n");
  EXPECT_EQ(Errors("errors", 10, 0, &last), "");
  EXPECT_EQ(last, 0);
}

TEST_F(ImportTest, TheDryRunKnowsThePlanAndARefusalEndsTheImport) {
  ASSERT_THAT(Call<v1::EventSchema>(
                  "CreateEventSchema", Analyst(),
                  Proto<v1::CreateEventSchemaRequest>("event_schema_id: 'one' event_schema { event_name: 'purchase' max_amount: 1190 }")),
              IsOk());
  ASSERT_THAT(Call<v1::EventSchema>("ActivateEventSchema", Analyst(),
                                    Proto<v1::ActivateEventSchemaRequest>("name: 'eventSchemas/one' reason: 'Small amounts'")),
              IsOk());
  const v1::Import done = ImportAll("small", kSmall);
  EXPECT_EQ(done.suspect_count(), 1);
  EXPECT_EQ(done.quarantined_count(), 1);
  EXPECT_EQ(done.accepted_count(), 2);
  ASSERT_THAT(Call<v1::EventSchema>(
                  "CreateEventSchema", Analyst(),
                  Proto<v1::CreateEventSchemaRequest>("event_schema_id: 'two' event_schema { event_name: 'purchase' max_amount: 1190 "
                                                      "rules { reason: REASON_AMOUNT action: ACTION_REFUSE } }")),
              IsOk());
  ASSERT_THAT(Call<v1::EventSchema>("ActivateEventSchema", Analyst(),
                                    Proto<v1::ActivateEventSchemaRequest>("name: 'eventSchemas/two' reason: 'Small amounts'")),
              IsOk());
  EXPECT_EQ(ImportAll("refused", absl::StrCat(kSmall, "\n")).state(), v1::Import::STATE_FAILED);
  EXPECT_EQ(Total().count(), 2);
}

TEST_F(ImportTest, NdjsonWithNaiveTimesOfAZone) {
  const std::string content = R"({"who": "u1", "at": "2021-01-01 17:30:00", "sum": 10.50})"
                              "\n\n"
                              R"({"who": "u2", "at": "2021-01-01T00:00:00Z", "sum": "3"})"
                              "\n"
                              R"({"who": "u3", "at": "2021-01-01"})";
  const v1::Import done = ImportAll("lines", content, R"pb(format: FORMAT_NDJSON
                                                           time_zone: "Europe/Berlin"
                                                           fields { target: TARGET_EVENT_NAME constant: "purchase" }
                                                           fields { target: TARGET_USER column: "who" }
                                                           fields { target: TARGET_OCCUR_TIME column: "at" }
                                                           fields { target: TARGET_VALUE_MINOR column: "sum" scale: 2 })pb");
  EXPECT_EQ(done.accepted_count(), 3) << done.failure();
  EXPECT_EQ(Total().sum_minor(), 1350);
  // 17:30 in Berlin is half past midnight of the next day in the business zone, UTC+8.
  auto accounts = Call<v1::ListDeliveryAccountsResponse>(
      "ListDeliveryAccounts", Analyst(), Proto<v1::ListDeliveryAccountsRequest>(absl::StrCat("parent: '", done.producer(), "'")));
  ASSERT_THAT(accounts, IsOk());
  ASSERT_EQ(accounts->delivery_accounts_size(), 2);
  EXPECT_EQ(accounts->delivery_accounts(0).accepted_count(), 2);
  EXPECT_EQ(accounts->delivery_accounts(1).date().day(), 2);
}

TEST_F(ImportTest, GivenUpItLeavesNoPieces) {
  ASSERT_THAT(Create("small", kSmall), IsOk());
  ASSERT_THAT(Upload("small", 0, std::string(kSmall).substr(0, 20)), IsOk());
  ASSERT_THAT(Call<v1::Import>("CancelImport", Analyst(), Proto<v1::CancelImportRequest>("name: 'imports/small' reason: 'Wrong file'")),
              IsOk());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM import_piece"), 0);
  EXPECT_THAT(Upload("small", 20, std::string(kSmall).substr(20)), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Upload("small", 0, std::string(kSmall).substr(0, 20)), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(ImportTest, WhatNobodyGoesOnWithIsGivenUp) {
  ASSERT_THAT(Create("left", kSmall), IsOk());
  ASSERT_THAT(Upload("left", 0, std::string(kSmall).substr(0, 20)), IsOk());
  clock_.Advance(absl::Hours(13 * 24));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(Get("left").state(), v1::Import::STATE_UPLOADING);
  clock_.Advance(absl::Hours(2 * 24));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(Get("left").state(), v1::Import::STATE_CANCELLED);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM import_piece"), 0);
}

// The purchases of a shop in 2021 and 2022; where the file is not at hand, others in its form.
std::string Purchases() {
  const char* const configured = std::getenv("HEITIE_PURCHASES");
  std::ifstream file(configured != nullptr ? configured : HEITIE_SOURCE_DIR "/../shared/data/purchases/purchases.csv", std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  if (!content.str().empty()) return content.str();
  std::string made = "customer,date,quantity,amount\n";
  std::mt19937 random(2021);
  for (int i = 0; i < 6000; ++i) {
    const absl::CivilDay day = absl::CivilDay(2021, 1, 1) + static_cast<int>(random() % 500);
    absl::StrAppend(&made, "c", random() % 2000, ",", absl::FormatCivilTime(day), ",", 1 + random() % 5, ",", random() % 90, ".",
                    absl::Dec(random() % 100, absl::kZeroPad2), "\n");
  }
  return made;
}

// Cut at random places, with pieces sent twice, and with a process that dies after each step: between a batch and its progress, too.
TEST_F(ImportTest, PurchasesCutAnywhereAndKilledAnywhereAreCountedOnce) {
  const std::string content = Purchases();
  int64_t rows = 0, cents = 0;
  std::set<std::string> customers;
  for (const absl::string_view line : absl::StrSplit(content, '\n', absl::SkipEmpty())) {
    if (rows++ == 0) continue;
    const std::vector<std::string> fields = absl::StrSplit(line, ',');
    customers.insert(fields[0]);
    cents += *ParseScaled(absl::StripTrailingAsciiWhitespace(fields[3]), 2);
  }
  --rows;
  if (content.size() == 1811628) {
    EXPECT_EQ(rows, 69659);
    EXPECT_EQ(customers.size(), 23544u);
    EXPECT_EQ(cents, 250031563);
  }
  ASSERT_THAT(Create("shop", content), IsOk());
  std::mt19937 random(5);
  for (size_t at = 0; at < content.size();) {
    const std::string piece = content.substr(at, 1 + random() % (150 << 10));
    ASSERT_THAT(Upload("shop", static_cast<int64_t>(at), piece), IsOk());
    if (random() % 3 == 0) {
      ASSERT_THAT(Upload("shop", static_cast<int64_t>(at), piece), IsOk());
    }
    at += piece.size();
  }
  Work();
  ASSERT_EQ(Get("shop").state(), v1::Import::STATE_READY) << Get("shop").failure();
  EXPECT_EQ(Get("shop").row_count(), rows);
  EXPECT_EQ(Get("shop").bad_row_count(), 0);
  ASSERT_THAT(Start("shop"), IsOk());
  // As after a crash: what was taken in is, and the progress says less.
  Change("CREATE TABLE kept_piece AS SELECT import, begin_byte, data FROM import_piece");
  Change("CREATE TABLE kept_import AS SELECT * FROM imports");
  Work();
  EXPECT_EQ(Get("shop").accepted_count(), rows);
  Change("INSERT INTO import_piece (import, begin_byte, data) SELECT import, begin_byte, data FROM kept_piece");
  Change(
      "UPDATE imports, kept_import SET imports.state = kept_import.state, imports.read_bytes = kept_import.read_bytes, "
      "imports.row_count = kept_import.row_count, imports.next_sequence = kept_import.next_sequence");
  Change("INSERT INTO job (name, kind, payload, run_time, attempt) SELECT name, 'import', name, '2020-01-01', 0 FROM imports");
  Work();
  const v1::Import done = Get("shop");
  EXPECT_EQ(done.state(), v1::Import::STATE_DONE);
  EXPECT_EQ(done.row_count(), rows);
  EXPECT_EQ(done.accepted_count(), rows);
  EXPECT_EQ(Total().count(), rows);
  EXPECT_EQ(Total().distinct_users(), static_cast<int64_t>(customers.size()));
  EXPECT_EQ(Total().sum_minor(), cents);
}

}  // namespace
}  // namespace heitie::metrics
