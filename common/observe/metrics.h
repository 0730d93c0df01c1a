// Figures of the process in Prometheus's terms. Everything here is thread-safe; counting takes no lock that threads share.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace heitie::observe {

// Counts one request: counter heitie_requests_total by method and code, histogram heitie_request_duration_seconds by method.
// `method` is package.Service/Method and must be a method that exists, for every value becomes time series of its own.
void CountRequest(const std::string& method, absl::StatusCode code, absl::Duration duration);

// A value that is read at each scrape, from the scraping thread, until the process ends: what `read` refers to must live as long.
// `name` as Prometheus wants it ([a-z_]+, with its unit). A second registration of the name replaces the first.
void RegisterGauge(const std::string& name, const std::string& help, std::function<double()> read);

// Everything in the Prometheus text format 0.0.4.
std::string Scrape();

}  // namespace heitie::observe
