// What a control group leaves of a machine, out of pretended files of the system.
#include "base/processors.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/machine_memory.h"
#include "support/temp_dir.h"

namespace metaxy::testing {
namespace {

class ControlGroupTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& content) {
    const std::filesystem::path file = directory_.path() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << content << "\n";
  }

  std::string root() const { return directory_.path().string(); }
  int Processors() const { return internal::Processors(root()); }

 private:
  TempDir directory_;
};

TEST_F(ControlGroupTest, NoGroupIsNoLimit) {
  EXPECT_EQ(Processors(), internal::Processors(root() + "/nowhere"));
  EXPECT_GE(Processors(), 1);
}

TEST_F(ControlGroupTest, QuotasOfTheGroupAndThoseAboveIt) {
  Write("proc/self/cgroup", "0::/service/job");
  Write("sys/fs/cgroup/service/job/cpu.max", "max 100000");
  const int all = Processors();
  // More than a machine has is no limit either; parts of a processor are rounded up.
  Write("sys/fs/cgroup/service/job/cpu.max", "99900000 100000");
  EXPECT_EQ(Processors(), std::min(all, 999));
  Write("sys/fs/cgroup/service/job/cpu.max", "50000 100000");
  EXPECT_EQ(Processors(), 1);
  Write("sys/fs/cgroup/service/job/cpu.max", "150000 100000");
  EXPECT_EQ(Processors(), std::min(all, 2));
  Write("sys/fs/cgroup/service/cpu.max", "100000 100000");
  EXPECT_EQ(Processors(), 1);
}

TEST_F(ControlGroupTest, QuotasOfTheFirstVersion) {
  Write("proc/self/cgroup", "5:memory:/a\n4:cpu,cpuacct:/a\n0::/");
  const int all = Processors();
  Write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "-1");
  Write("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000");
  EXPECT_EQ(Processors(), all);
  Write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "100000");
  EXPECT_EQ(Processors(), 1);
}

TEST_F(ControlGroupTest, MemoryOfTheGroupAndThoseAboveIt) {
  Write("proc/self/cgroup", "0::/a/b");
  Write("sys/fs/cgroup/a/b/memory.max", "max");
  EXPECT_EQ(internal::MachineMemory(root()), internal::MachineMemory(root() + "/nowhere"));
  Write("sys/fs/cgroup/a/memory.max", "104857600");
  EXPECT_EQ(internal::MachineMemory(root()), 104857600);
}

// As under `taskset`.
TEST(ProcessorsTest, ThoseThatTheProcessMayRunOn) {
  std::thread([] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<size_t>(sched_getcpu()), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(internal::Processors(), 1);
  }).join();
}

}  // namespace
}  // namespace metaxy::testing
