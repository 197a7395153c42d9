// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/io/model.hpp"
