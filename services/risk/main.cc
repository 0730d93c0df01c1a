// The risk service's process.
#include "common/service/main.h"

#include "services/risk/service.h"

int main(int argc, char** argv) {
  heitie::service::Main main("risk", argc, argv);
  heitie::risk::Service service(main.context());
  return main.Serve(service.rpc());
}
