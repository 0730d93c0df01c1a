// tests/load/compare planning: answers to surveys against the connector's same transaction, and what a million answers come to against SQL.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "common/config/flags.h"
#include "heitie/planning/v1/survey.pb.h"
#include "heitie/planning/v1/survey_response.pb.h"
#include "heitie/planning/v1/survey_result.pb.h"
#include "heitie/planning/v1/survey_service.methods.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"
#include "tests/load/tables.h"
#include "tests/load/way.h"

namespace heitie::load {
namespace {

using namespace planning::v1;

constexpr char kService[] = "planning", kSubmit[] = "heitie.planning.v1.SurveyService/SubmitSurvey";
constexpr int kInFlight = 64, kConnections = 4;
constexpr int kRounds = 5, kQuestions = 20, kOptions = 5;
constexpr int kRowsAtOnce = 500;

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, db_socket, only;
  int planning = 0;  // a port of 127.0.0.1
  int answers = 1'000'000;

  void Register(config::Flags& flags) {
    identity.Register(flags);
    results.Register(flags);
    flags.Add("token_file", &token_file, "File with the token of an operations manager.");
    flags.Add("planning", &planning, 1, 65535, "gRPC port of the planning service.");
    flags.Add("db_socket", &db_socket, "Socket of the database.");
    flags.Add("only", &only, "What to measure, `answers` or `results`; empty for both.");
    flags.Add("answers", &answers, 1000, 10'000'000, "How many answers results are counted from.");
  }
};

std::string Key() {
  static std::atomic<uint64_t> count{0};
  static const uint64_t run = std::random_device{}();
  return absl::StrFormat("%016x%016x", run, count++);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::string QuestionText(int number) {
  std::string options;
  for (int i = 0; i < kOptions; ++i) absl::StrAppend(&options, "options { option_id: 'o", i, "' text: 'Option' } ");
  return absl::Substitute("questions { question_id: 'q$0' text: 'Which?' kind: KIND_SINGLE_CHOICE $1 } ", number, options);
}

void AddAnswer(google::protobuf::RepeatedPtrField<SurveyAnswer>& answers, int question, int option) {
  SurveyAnswer& answer = *answers.Add();
  answer.set_question(absl::StrCat("q", question));
  answer.add_options(absl::StrCat("o", option));
}

class Comparison {
 public:
  explicit Comparison(const Flags& flags)
      : flags_(flags),
        tables_(flags.db_socket, {kService}),
        raw_(flags.db_socket, "heitie_planning", kInFlight),
        asker_(flags.identity.To(kService, flags.planning), ReadToken(flags.token_file)),
        load_(flags.identity.To(kService, flags.planning), kConnections) {}

  int Run() {
    Results results(
        flags_.results, kService,
        absl::Substitute("$0 who answer at once, service and connector in turns, medians of $1 windows; results of $2 answers to "
                         "$3 questions, service and SQL over one wide table in turns, medians of $4.",
                         kInFlight, Way::kRounds, flags_.answers, kQuestions, kRounds));
    if (flags_.only != "results") MeasureAnswers(results);
    if (flags_.only != "answers") MeasureResults(results);
    results.Publish();
    return 0;
  }

 private:
  void Open(const std::string& id, int questions, const std::string& more) {
    std::string text;
    for (int i = 0; i < questions; ++i) text += QuestionText(i);
    asker_.Ask(method::CreateSurvey,
               absl::Substitute("survey_id: '$0' survey { title: 'Load' owner: 'employees/load' anonymous: true by_link: true "
                                "guest_calls_per_second: 10000 $1 $2 }",
                                id, text, more));
    asker_.Ask(method::PublishSurvey, absl::Substitute("name: 'surveys/$0'", id));
    asker_.Ask(method::OpenSurvey, absl::Substitute("name: 'surveys/$0'", id));
    // From now on the service knows how many calls of guests it takes.
    asker_.Ask(method::GetSurveyForm, absl::Substitute("name: 'surveys/$0'", id));
  }

  GrpcRequest Submit(const std::string& survey) const {
    SubmitSurveyRequest request;
    request.set_name("surveys/" + survey);
    request.set_ticket(Key());
    request.set_version(1);
    for (int i = 0; i < kOptions; ++i) AddAnswer(*request.mutable_answers(), i, i);
    return {kSubmit, request.SerializeAsString(), "", 0};
  }

  // The statements that the service runs for an answer.
  RawSql::Work RawSubmit(const std::string& survey, bool quota) const {
    const std::string name = "surveys/" + survey, key = Key();
    NamedSurveyResponse response;
    for (int i = 0; i < kOptions; ++i) AddAnswer(*response.mutable_answers(), i, i);
    RawSql::Work work = {{"SELECT state, version, anonymous, replaceable, for_employees, for_invited, by_link, producers, close_time, "
                          "guest_calls_per_second, title, description FROM surveys WHERE name = ? LOCK IN SHARE MODE",
                          sql::Bind(name)},
                         {"INSERT INTO survey_participations (survey, respondent, request_id, response) VALUES (?, ?, '', NULL)",
                          sql::Bind(name, "ticket:" + key + key)}};
    if (quota) {
      work.push_back(
          {"UPDATE survey_quotas_used SET used = used + 1 WHERE survey = ? AND quota = 'all' AND used < quota_limit", sql::Bind(name)});
    }
    work.push_back(
        {"INSERT INTO survey_responses (survey, response, version, counted, replaced, respondent, submit_time, answers) VALUES "
         "(?, ?, 1, TRUE, FALSE, NULL, NULL, ?)",
         sql::Bind(name, key, response.SerializeAsString())});
    return work;
  }

  void MeasureAnswers(Results& results) {
    const std::string quota = "quotas { quota_id: 'all' limit: 100000000 }";
    for (const char* id : {"load", "raw"}) Open(id, kOptions, "");
    for (const char* id : {"hot", "rawhot"}) Open(id, kOptions, quota);
    std::vector<Way> ways;
    const auto add = [&](const std::string& operation, const std::string& survey, const std::string& raw, bool limited) {
      ways.push_back({operation,
                      "service",
                      kInFlight,
                      [this, survey](const Window& window) {
                        return GrpcLoad::AllOk(load_.Closed(kInFlight, window, [this, survey] { return Submit(survey); }));
                      },
                      {},
                      {}});
      ways.push_back({operation,
                      "connector",
                      kInFlight,
                      [this, raw, limited](const Window& window) {
                        return raw_.Loop(kInFlight, window, [this, raw, limited] { return RawSubmit(raw, limited); });
                      },
                      {},
                      {}});
    };
    add("survey_submit", "load", "raw", false);
    add("survey_hot", "hot", "rawhot", true);
    Way::TakeTurns(ways);
    for (const Way& way : ways) results.AddRow(way.operation, way.way, way.in_flight, way.Rate(), way.samples);
    for (size_t i = 0; i < ways.size(); i += 2) {
      results.AddRatio(ways[i].operation, ways[i].Rate() / ways[i + 1].Rate(), "answers a second, service / connector's same transaction",
                       AtLeast(1.0));
    }
    const int64_t used = tables_.Number(kService, "SELECT used FROM survey_quotas_used WHERE survey = 'surveys/hot'");
    const int64_t counted = tables_.Number(kService, "SELECT COUNT(*) FROM survey_responses WHERE survey = 'surveys/hot' AND counted");
    if (used != counted) Die(absl::StrCat("the quota says ", used, " and there are ", counted));
  }

  // The same answers as responses of the service and as a wide table of small numbers, which is what SQL counts fastest.
  void FillAnswers() {
    std::vector<std::string> columns, marks(kQuestions, "?");
    for (int i = 0; i < kQuestions; ++i) columns.push_back(absl::StrCat("q", i));
    tables_.Execute(kService, absl::StrCat("CREATE TABLE load_answers (id BIGINT NOT NULL PRIMARY KEY, ",
                                           absl::StrJoin(columns, " TINYINT NOT NULL, "), " TINYINT NOT NULL) ENGINE=InnoDB"));
    std::mt19937 random(1);
    for (int done = 0; done < flags_.answers; done += kRowsAtOnce) {
      std::string responses, wide;
      sql::Values response_values, wide_values;
      for (int row = done; row < std::min(done + kRowsAtOnce, flags_.answers); ++row) {
        NamedSurveyResponse response;
        absl::StrAppend(&wide, wide.empty() ? "" : ", ", "(?, ", absl::StrJoin(marks, ", "), ")");
        wide_values.emplace_back(int64_t{row});
        for (int question = 0; question < kQuestions; ++question) {
          const int option = static_cast<int>(random() % kOptions);
          AddAnswer(*response.mutable_answers(), question, option);
          wide_values.emplace_back(int64_t{option});
        }
        absl::StrAppend(&responses, responses.empty() ? "" : ", ", "('surveys/million', ?, 1, TRUE, FALSE, NULL, NULL, ?)");
        response_values.emplace_back(Key());
        response_values.emplace_back(response.SerializeAsString());
      }
      tables_.Execute(
          kService,
          "INSERT INTO survey_responses (survey, response, version, counted, replaced, respondent, submit_time, answers) VALUES " +
              responses,
          response_values);
      tables_.Execute(kService, absl::StrCat("INSERT INTO load_answers (id, ", absl::StrJoin(columns, ", "), ") VALUES ", wide),
                      wide_values);
    }
  }

  template <typename F>
  static double Seconds(F work) {
    const auto begin = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }

  void MeasureResults(Results& results) {
    Open("million", kQuestions, "");
    FillAnswers();
    const std::string tally = "name: 'surveys/million'";
    const std::string crossed =
        "name: 'surveys/million' row_question: 'q0' column_question: 'q1' conditions { question: 'q2' options: 'o1' options: 'o2' }";
    // Reads the responses into memory.
    const double first = Seconds([&] { Check(asker_.Ask(method::TallySurvey, tally)); });
    std::vector<double> service, by_sql, cross, cross_by_sql;
    Samples service_all, sql_all, cross_all, cross_sql_all;
    for (int round = 0; round < kRounds; ++round) {
      service.push_back(Seconds([&] { Check(asker_.Ask(method::TallySurvey, tally)); }));
      by_sql.push_back(Seconds([&] {
        for (int i = 0; i < kQuestions; ++i) {
          tables_.Numbers(kService, absl::Substitute("SELECT COUNT(*) FROM load_answers GROUP BY q$0", i));
        }
      }));
      cross.push_back(Seconds([&] {
        if (asker_.Ask(method::CrossTabulateSurvey, crossed).tables_size() != 1) Die("no table");
      }));
      cross_by_sql.push_back(
          Seconds([&] { tables_.Numbers(kService, "SELECT COUNT(*) FROM load_answers WHERE q2 IN (1, 2) GROUP BY q0, q1"); }));
      service_all.Add(service.back() * 1e6);
      sql_all.Add(by_sql.back() * 1e6);
      cross_all.Add(cross.back() * 1e6);
      cross_sql_all.Add(cross_by_sql.back() * 1e6);
    }
    results.AddRow("survey_tally", "service", 1, 1 / Median(service), service_all);
    results.AddRow("survey_tally", "SQL", 1, 1 / Median(by_sql), sql_all);
    results.AddRow("survey_crosstab", "service", 1, 1 / Median(cross), cross_all);
    results.AddRow("survey_crosstab", "SQL", 1, 1 / Median(cross_by_sql), cross_sql_all);
    results.AddFigure("survey_first_tally", "the first result of a survey, which reads its answers", first, "s");
    results.AddRatio("survey_tally_vs_sql", Median(by_sql) / Median(service), "time of SQL / of the service, all questions", AtLeast(20));
    results.AddRatio("survey_crosstab_vs_sql", Median(cross_by_sql) / Median(cross),
                     "time of SQL / of the service, two questions and a filter", AtLeast(5));
  }

  void Check(const SurveyTally& tally) const {
    if (tally.counted() != flags_.answers || tally.questions_size() != kQuestions) Die("another result: " + tally.ShortDebugString());
    const int64_t count = tally.questions(0).options(0).count();
    if (count != tables_count_) {
      if (tables_count_ >= 0) Die("the service counts otherwise than before");
      tables_count_ = count;
    }
  }

  const Flags flags_;
  Tables tables_;
  RawSql raw_;
  Asker asker_;
  GrpcLoad load_;
  mutable int64_t tables_count_ = -1;
};

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.Register(flags);
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Comparison(values).Run();
}
