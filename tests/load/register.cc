// tests/load/compare risk: what is open on a hundred subjects, among few risks and among many, and how fast another matrix rates all of
// them anew beside the same statements of the connector.
#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "common/config/flags.h"
#include "heitie/risk/v1/quantity_service.methods.h"
#include "heitie/risk/v1/register_service.methods.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_matrix.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"
#include "tests/load/tables.h"

namespace heitie::load {
namespace {

using namespace risk::v1;

constexpr char kService[] = "risk", kSummarize[] = "heitie.risk.v1.RegisterService/SummarizeRisks";
constexpr int kSubjects = 100, kRisksOfSubject = 10, kFew = kSubjects * kRisksOfSubject;
constexpr int kInFlight = 8, kConnections = 2, kRounds = 5;
constexpr std::chrono::milliseconds kWarmUp{300}, kMeasured{2000};
constexpr int kAtOnce = 128;  // risks of a transaction, as the service does them

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, db_socket;
  int risk = 0;  // a port of 127.0.0.1
  int many = 100'000;

  void Register(config::Flags& flags) {
    identity.Register(flags);
    results.Register(flags);
    flags.Add("token_file", &token_file, "File with the token of an operations manager.");
    flags.Add("risk", &risk, 1, 65535, "gRPC port of the risk service.");
    flags.Add("db_socket", &db_socket, "Socket of the database.");
    flags.Add("many", &many, 2 * kFew, 1'000'000, "How many risks are open.");
  }
};

double MedianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class Register {
 public:
  explicit Register(const Flags& flags)
      : flags_(flags),
        tables_(flags.db_socket, {kService}),
        raw_(flags.db_socket, "heitie_risk", 1),
        asker_(flags.identity.To(kService, flags.risk), ReadToken(flags.token_file)),
        load_(flags.identity.To(kService, flags.risk), kConnections) {}

  int Run() {
    Results results(
        flags_.results, "register",
        absl::Substitute("What is open on $0 subjects with $1 risks each, $2 at once, medians of $3 windows, among $4 risks and "
                         "then among $5; these rated anew by another matrix, and the same statements by the connector.",
                         kSubjects, kRisksOfSubject, kInFlight, kRounds, kFew, flags_.many));
    Prepare();
    Fill(1, kFew);
    const double few = Summarize("among few", results);
    Fill(kFew + 1, flags_.many);
    const double many = Summarize("among many", results);
    results.AddRatio("summarize", few / many, absl::Substitute("time among $0 risks / among $1", flags_.many, kFew), AtMost(1.2));
    const double service = Rerate();
    const double connector = RerateRaw();
    results.AddFigure("rerate_service", "risks that another matrix rates anew", service, "1/s");
    results.AddFigure("rerate_connector", "the same statements by the connector", connector, "1/s");
    results.AddRatio("rerate", service / connector, "risks a second, service / connector's same statements", AtLeast(0.7));
    results.Publish();
    return 0;
  }

 private:
  // One risk by the service, of which the others are copies.
  void Prepare() {
    asker_.Ask(
        method::CreateRisk,
        "risk_id: 'template' risk { category: CATEGORY_TECHNOLOGY subject: 'activities/template' title: 'The page fails under load' cause: "
        "'Ten times the usual visitors' owner: 'employees/load' }");
    asker_.Ask(method::AssessRisk, "name: 'risks/template' rationale: 'Seen' current { likelihood: 1 impact: 2 }");
  }

  // Ten risks on each subject.
  void Fill(int first, int last) {
    std::vector<std::string> columns = tables_.ColumnsOf(kService, "risks"), copies = columns;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i] == "`name`") copies[i] = "CONCAT('risks/load-', LPAD(s.seq, 8, '0'))";
      if (columns[i] == "`subject`") copies[i] = absl::Substitute("CONCAT('activities/load-', (s.seq - 1) DIV $0)", kRisksOfSubject);
    }
    tables_.Execute(kService, absl::Substitute("INSERT INTO risks ($0) SELECT $1 FROM risks AS r JOIN seq_$2_to_$3 AS s WHERE r.name = "
                                               "'risks/template'",
                                               absl::StrJoin(columns, ", "), absl::StrJoin(copies, ", "), first, last));
    tables_.Numbers(kService, "SELECT COUNT(*) FROM risks");
    tables_.Execute(kService, "ANALYZE TABLE risks");
  }

  // How many questions are answered in a second.
  double Summarize(const std::string& way, Results& results) {
    SummarizeRisksRequest request;
    for (int i = 0; i < kSubjects; ++i) request.add_subjects(absl::StrCat("activities/load-", i));
    if (asker_.Ask(method::SummarizeRisks, request.DebugString()).risks_size() != kFew) Die("other risks are open");
    const GrpcRequest asked{kSummarize, request.SerializeAsString(), asker_.token(), 0};
    std::vector<double> rates;
    Samples all;
    for (int round = 0; round < kRounds; ++round) {
      const Samples samples = GrpcLoad::AllOk(load_.Closed(kInFlight, Window::Of(kWarmUp, kMeasured), [&] { return asked; }));
      rates.push_back(static_cast<double>(samples.count()) / std::chrono::duration<double>(kMeasured).count());
      all.Merge(samples);
    }
    results.AddRow("summarize", way, kInFlight, MedianOf(rates), all);
    return MedianOf(rates);
  }

  // Publishes another matrix, and waits until all risks are rated by it: so many a second.
  double Rerate() {
    std::string cells;
    for (int likelihood = 1; likelihood <= 5; ++likelihood) {
      for (int impact = 1; impact <= 5; ++impact) {
        const int weight = likelihood * impact;
        absl::StrAppend(&cells, " cells { likelihood: ", likelihood, " impact: ", impact, " level: ",
                        weight <= 2   ? "LEVEL_LOW"
                        : weight <= 8 ? "LEVEL_MEDIUM"
                                      : "LEVEL_HIGH",
                        " }");
      }
    }
    asker_.Ask(method::CreateRiskMatrix, absl::StrCat("risk_matrix_id: 'load' risk_matrix { reason: 'Stricter'", cells, " }"));
    asker_.Ask(method::PreviewRiskMatrix, "name: 'riskMatrices/load'");
    const RiskMatrix published = asker_.Ask(method::PublishRiskMatrix, "name: 'riskMatrices/load'");
    const std::string left = absl::StrCat("SELECT COUNT(*) FROM risks WHERE open_matrix_version < ", published.version());
    // From the first one on: until then the job waits for its turn.
    int64_t before = 0, count = 0;
    while ((before = tables_.Number(kService, left)) > flags_.many) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const auto begin = Clock::now();
    while ((count = tables_.Number(kService, left)) > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return static_cast<double>(before) / std::chrono::duration<double>(Clock::now() - begin).count();
  }

  // A row that the service wrote, for the connector to write with other names.
  Tables::Row Sample(const std::string& table, const std::string& condition) { return tables_.Read(kService, table, condition, {}); }

  double RerateRaw() {
    constexpr int kRows = 20'000;
    for (const char* table : {"risks", "assessments", "event"}) {
      tables_.Execute(kService, absl::Substitute("CREATE TABLE load_$0 LIKE $0", table));
    }
    const std::string columns = absl::StrJoin(tables_.ColumnsOf(kService, "risks"), ", ");
    tables_.Execute(kService,
                    absl::Substitute("INSERT INTO load_risks ($0) SELECT $0 FROM risks WHERE name LIKE 'risks/load-%' ORDER BY name "
                                     "LIMIT $1",
                                     columns, kRows));
    const std::string one = "risks/load-00000001";
    const Tables::Row assessment = Sample("assessments", absl::Substitute("WHERE name LIKE '$0/%'", one));
    const Tables::Row told = Sample("event", absl::Substitute("WHERE aggregateid LIKE '$0/%' ORDER BY sequence DESC", one));
    const Tables::Row changed = Sample("event", absl::Substitute("WHERE aggregateid = '$0' ORDER BY sequence DESC", one));
    Tables::Row risk = Sample("load_risks", absl::Substitute("WHERE name = '$0'", one));
    std::vector<RawSql::Work> works;
    for (int done = 0; done < kRows; done += kAtOnce) {
      RawSql::Work work;
      for (int i = done + 1; i <= std::min(kRows, done + kAtOnce); ++i) {
        const std::string name = absl::StrFormat("risks/load-%08d", i), entry = absl::StrCat(name, "/assessments/raw");
        work.push_back({absl::Substitute("SELECT $0 FROM load_risks WHERE name = ? FOR UPDATE", columns), sql::Bind(name)});
        work.push_back(Named(assessment, "`name`", entry).InsertInto("load_assessments"));
        work.push_back(Event(told, entry, i).InsertInto("load_event"));
        work.push_back(
            {"UPDATE load_risks SET current = ?, inherent = ?, level = ?, assessment = ?, matrix_version = ?, etag = ?, "
             "update_time = ?, treat_by_time = ? WHERE name = ?",
             {risk.At("`current`"), risk.At("`inherent`"), risk.At("`level`"), sql::Value(entry), risk.At("`matrix_version`"),
              risk.At("`etag`"), risk.At("`update_time`"), risk.At("`treat_by_time`"), sql::Value(name)}});
        work.push_back(Event(changed, name, i).InsertInto("load_event"));
      }
      works.push_back(std::move(work));
    }
    const auto begin = Clock::now();
    raw_.Do(works);
    return kRows / std::chrono::duration<double>(Clock::now() - begin).count();
  }

  static Tables::Row Named(Tables::Row row, const std::string& column, const std::string& name) {
    row.Set(column, name);
    return row;
  }
  static Tables::Row Event(Tables::Row row, const std::string& name, int number) {
    row.Set("`aggregateid`", name);
    row.Set("`id`", absl::StrFormat("%026d", number));
    row.Clear("`position`");
    return row;
  }

  const Flags flags_;
  Tables tables_;
  RawSql raw_;
  Asker asker_;
  GrpcLoad load_;
};

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.Register(flags);
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Register(values).Run();
}
