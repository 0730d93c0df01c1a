#include "common/service/main.h"

#include "services/activity/service.h"

int main(int argc, char** argv) {
  heitie::service::Main main("activity", argc, argv);
  heitie::activity::Service service(main.context());
  return main.Serve(service.rpc());
}
