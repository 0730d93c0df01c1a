#include "common/service/main.h"

#include "services/metrics/service.h"

int main(int argc, char** argv) {
  heitie::metrics::WatchLimits limits;
  heitie::service::Main main("metrics", argc, argv, [&](heitie::config::Flags& flags) { limits.Register(flags); });
  heitie::metrics::Service service(main.context(), limits);
  return main.Serve(service.rpc());
}
