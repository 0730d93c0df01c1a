// Closed loops: so many requests are in flight, and each that ends is followed by the next. Who waits longest slows the loop, so the
// latencies are those of clients that wait for their answers, not those of arrivals at a rate.
#ifndef HEITIE_TESTS_LOAD_MEASURE_H_
#define HEITIE_TESTS_LOAD_MEASURE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/sql/database.h"

namespace heitie::load {

using Clock = std::chrono::steady_clock;

// What ends before `begin` warms up; what ends before `end` counts; after it nothing begins.
struct Window {
  Clock::time_point begin, end;
  static Window Of(std::chrono::milliseconds warm_up, std::chrono::milliseconds measured);
};

// Latencies of one or more windows as a histogram: of fixed size, true to half a percent from 1 us to 100 s.
class Samples {
 public:
  void Add(const Window& window, Clock::time_point asked, Clock::time_point answered);
  void Add(double micros);
  void Merge(const Samples& other);
  size_t count() const { return count_; }
  // `quantile` from 0 to 1. 0 without samples.
  double Micros(double quantile) const;
  double MaxMicros() const { return max_; }

  // Of all samples, `share` (above 0, at most 1) took at most `micros`.
  struct Point {
    double share, micros;
  };
  // From the shortest latency to the longest, a point for each that differs.
  std::vector<Point> Curve() const;

 private:
  std::vector<uint64_t> bins_;  // none before the first sample
  uint64_t count_ = 0;
  double max_ = 0;  // us
};

// Processor time that a process has used so far, in seconds; 0 of none. Unlike a rate it does not suffer from what else the machine does.
double CpuSeconds(int pid);

// These stop the program at the first request that fails: errors are quick, and would make a fine figure.

// Over HTTP/1.1, one connection for each request in flight. `next` makes the bytes of the next request.
Samples LoopHttp(const std::string& host, int port, int in_flight, const Window& window, const std::function<std::string()>& next);

// The raw connector: connections with their prepared statements, one thread each.
class RawSql {
 public:
  struct Statement {
    std::string sql;
    sql::Values parameters;
  };
  // One statement, or several in a transaction.
  using Work = std::vector<Statement>;

  RawSql(const std::string& socket, const std::string& schema, int connections);
  ~RawSql();
  // Reads every column of every row.
  Samples Loop(int threads, const Window& window, const std::function<Work()>& next);
  // Does them one after the other on the first connection.
  void Do(const std::vector<Work>& works);

 private:
  struct Connection;
  std::vector<std::unique_ptr<Connection>> connections_;
};

[[noreturn]] void Die(const std::string& why);

}  // namespace heitie::load

#endif  // HEITIE_TESTS_LOAD_MEASURE_H_
