// The personnel service's process.
#include "common/service/main.h"

#include "services/personnel/service.h"

int main(int argc, char** argv) {
  heitie::service::Main main("personnel", argc, argv);
  heitie::personnel::Service service(main.context());
  return main.Serve(service.rpc());
}
