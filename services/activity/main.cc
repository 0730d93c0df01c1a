#include "common/service/main.h"

#include "services/activity/launch/launch_figures.h"
#include "services/activity/service.h"

int main(int argc, char** argv) {
  heitie::service::Main main("activity", argc, argv);
  heitie::activity::Service service(main.context());
  heitie::activity::ShowLaunches(main.context().store);
  return main.Serve(service.rpc());
}
