// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/graph/weight_source.hpp"
