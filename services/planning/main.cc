#include "common/service/main.h"

#include "services/planning/service.h"

int main(int argc, char** argv) {
  heitie::service::Main main("planning", argc, argv);
  heitie::planning::Service service(main.context());
  return main.Serve(service.rpc());
}
