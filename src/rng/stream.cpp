// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/rng/stream.hpp"
