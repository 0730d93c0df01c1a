#include "common/service/main.h"

#include "services/metrics/service.h"

int main(int argc, char** argv) {
  heitie::service::Main main("metrics", argc, argv);
  heitie::metrics::Service service(main.context());
  return main.Serve(service.rpc());
}
