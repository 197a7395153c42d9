// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/graph/analyse.hpp"
