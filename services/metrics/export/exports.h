// Streams of accepted rows (policy M1): what is there, behind a cursor, and then what comes.
#ifndef HEITIE_SERVICES_METRICS_EXPORT_EXPORTS_H_
#define HEITIE_SERVICES_METRICS_EXPORT_EXPORTS_H_

#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "services/metrics/export/export_log.h"

namespace heitie::metrics {

// Thread-safe. One thread serves all streams in turn, since they are few.
class Exports {
 public:
  static constexpr size_t kMostStreams = 16;
  // How long after its commit a batch is handed over at the latest, by a service that has nothing else to do.
  static constexpr absl::Duration kLook = absl::Milliseconds(200);

  explicit Exports(const service::Context& context, ExportLimits limits = {});
  ~Exports();
  Exports(const Exports&) = delete;
  void Bind(record::Methods& methods) { methods.BindStream("ExportRows", this, &Exports::Export); }

  void Export(std::shared_ptr<rpc::Stream> stream);

 private:
  struct Reader {
    std::shared_ptr<rpc::Stream> stream;
    std::shared_ptr<std::atomic<bool>> ended;
    int64_t position = 0;
    std::string incarnation;  // "" until the first look
  };

  void Run(const std::stop_token& stop);
  // Hands over what there is; whether the stream goes on.
  bool Serve(Reader& reader);

  sql::Database& database_;
  const ExportLimits limits_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::list<Reader> readers_;  // guarded by mutex_; the thread takes those out that it serves
  std::atomic<size_t> count_ = 0;
  std::jthread thread_;  // last: it uses what is above
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_EXPORT_EXPORTS_H_
