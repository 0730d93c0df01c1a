// tests/load/compare lists: the last page of ten million rows against the first, of all and of a filtered list.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/config/flags.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"

namespace heitie::load {
namespace {

using namespace std::chrono_literals;
using resource::v1::ListReservationsRequest;
using resource::v1::ListReservationsResponse;

constexpr int kPage = 50;
constexpr int kSubjects = 1000;  // the reservations belong to them in turn
constexpr int kChunk = 500'000;  // rows in one statement
constexpr auto kWarmUp = 1s, kMeasured = 8s;
constexpr const char* kMethod = resource::v1::method::ListReservations.path;
constexpr char kSubject[] = "activities/load-0";

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, db_socket, db_schema;
  int resource = 0, rows = 10'000'000;
};

// The service's table, filled behind its back: through the service it would take an hour.
class Table {
 public:
  explicit Table(const Flags& flags) : database_(Options(flags)) {}

  // A commit is not durable while the table is filled.
  void SetDurable(bool durable) {
    Run([&](sql::Session& session) {
      return session.Execute(absl::StrCat("SET GLOBAL innodb_flush_log_at_trx_commit = ", durable)).status();
    });
  }

  // Reservations `from` to `to`, in the order of their names.
  void Insert(int from, int to) {
    for (int first = from; first <= to; first += kChunk) {
      const int last = std::min(first + kChunk - 1, to);
      Run([&](sql::Session& session) {
        return session
            .Execute(
                "INSERT INTO reservations (name, subject, `lines`, state, expire_time, etag, create_time, update_time, creator) "
                "SELECT CONCAT('reservations/load-', LPAD(seq, 8, '0')), CONCAT('activities/load-', seq MOD ?), "
                "'{\"lines\": [{\"item\": \"items/gift-box\", \"quantity\": \"20\"}]}', 'STATE_CONFIRMED', NULL, '1', UTC_TIMESTAMP(6), "
                "UTC_TIMESTAMP(6), 'employees/manager' FROM seq_1_to_100000000 WHERE seq BETWEEN ? AND ?",
                sql::Bind(kSubjects, first, last))
            .status();
      });
    }
  }

  void RefreshStatistics() {
    Run([](sql::Session& session) { return session.Query("ANALYZE TABLE reservations", {}, [](const sql::Row&) {}); });
  }

 private:
  static sql::Options Options(const Flags& flags) {
    sql::Options options;
    options.socket = flags.db_socket;
    options.user = "root";
    options.schema = flags.db_schema;
    return options;
  }

  void Run(const std::function<absl::Status(sql::Session&)>& work) {
    const absl::Status status = database_.Read(absl::Now() + absl::Minutes(1), work);
    if (!status.ok()) Die(absl::StrCat("cannot fill the table: ", status.ToString()));
  }

  sql::Database database_;
};

class Lists {
 public:
  explicit Lists(const Flags& flags)
      : flags_(flags), token_(ReadToken(flags.token_file)), service_(Connect(flags.identity.To("resource", flags.resource))) {}

  int Run() {
    Fill();
    CheckLast(all_last_);
    CheckLast(filtered_last_);
    const std::vector<ListReservationsRequest> pages = {all_first_, all_last_, filtered_first_, filtered_last_};
    size_t turn = 0;
    // Connected only now: one that answers no pings while the table is filled would be cut.
    GrpcLoad load(flags_.identity.To("resource", flags_.resource), 1);
    Outcomes outcomes = load.Closed(1, Window::Of(kWarmUp, kMeasured), [&] {
      const size_t page = turn++ % pages.size();
      return GrpcRequest{kMethod, pages[page].SerializeAsString(), token_, static_cast<int>(page)};
    });
    GrpcLoad::AllOk(outcomes);
    Report(outcomes);
    return 0;
  }

 private:
  // A token of the last page comes from the service itself, while the last two pages are all there is: keyset tokens name the row after
  // which the page begins, and walking to it over ten million rows would take long.
  void Fill() {
    Table table(flags_);
    const auto began = Clock::now();
    const int tail = 2 * kPage, filtered_tail = tail * kSubjects;
    if (flags_.rows <= filtered_tail) Die(absl::StrCat("needs more than ", filtered_tail, " rows"));
    all_first_.set_page_size(kPage);
    filtered_first_ = all_first_;
    filtered_first_.set_filter(absl::StrCat("subject = \"", kSubject, "\""));
    table.SetDurable(false);
    table.Insert(flags_.rows - tail + 1, flags_.rows);
    all_last_ = NextPage(all_first_);
    table.Insert(flags_.rows - filtered_tail + 1, flags_.rows - tail);
    filtered_last_ = NextPage(filtered_first_);
    table.Insert(1, flags_.rows - filtered_tail);
    table.RefreshStatistics();
    table.SetDurable(true);
    filled_in_ = Clock::now() - began;
  }

  ListReservationsResponse Ask(const ListReservationsRequest& request) {
    const auto page = service_->Call(CallWith(token_), resource::v1::method::ListReservations, request);
    if (!page.ok()) Die(page.status().ToString());
    if (page->reservations_size() != kPage) Die(absl::StrCat("a page of ", page->reservations_size(), " rows"));
    return *page;
  }
  ListReservationsRequest NextPage(ListReservationsRequest request) {
    request.set_page_token(Ask(request).next_page_token());
    if (request.page_token().empty()) Die("there is no next page");
    return request;
  }
  void CheckLast(const ListReservationsRequest& request) {
    if (!Ask(request).next_page_token().empty()) Die("what should be the last page is not");
  }

  void Report(Outcomes& outcomes) const {
    const double rows = flags_.rows / 1e6;
    Results results(
        flags_.results, "lists",
        absl::StrFormat(
            "%g million reservations, filled in %.0f s; pages of %d, asked for in turn, one at a time; filtered: those of one of "
            "%d activities, by the index on it.",
            rows, std::chrono::duration<double>(filled_in_).count(), kPage, kSubjects));
    const std::vector<std::string> ways = {"first page", "last page", "filtered, first page", "filtered, last page"};
    const auto samples = [&](int page) -> const Samples& { return outcomes[page].answered; };
    for (int page = 0; page < static_cast<int>(ways.size()); ++page) {
      results.AddRow("", ways[page], 1, 0, samples(page));
    }
    results.AddRatio("list_last_page", samples(1).Micros(0.5) / samples(0).Micros(0.5), "median latency of the last page / of the first",
                     AtMost(1.2));
    results.AddRatio("list_filtered_last_page", samples(3).Micros(0.5) / samples(2).Micros(0.5), "the same of the filtered list",
                     AtMost(1.2));
    results.Publish();
  }

  const Flags flags_;
  const std::string token_;
  const std::unique_ptr<client::Channel> service_;
  ListReservationsRequest all_first_, all_last_, filtered_first_, filtered_last_;
  Clock::duration filled_in_{};
};

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.identity.Register(flags);
  values.results.Register(flags);
  flags.Add("token_file", &values.token_file, "File with the token of an operations manager.");
  flags.Add("resource", &values.resource, 1, 65535, "gRPC port of the resource service.");
  flags.Add("db_socket", &values.db_socket, "Socket of the database.");
  flags.Add("db_schema", &values.db_schema, "The resource service's schema.");
  flags.Add("rows", &values.rows, 1, 100'000'000, "Rows of the table.");
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Lists(values).Run();
}
