// SPDX-License-Identifier: Apache-2.0
// Stream v1, frozen: minimax fits (rational Remez at 60 digits), lowest power first. docs/stream-v1.md prints the same numbers; a test
// compares. Not inline: kernel objects share no symbols.
#pragma once

namespace evenkeel::coefficients_f32 {

constexpr float ln2 = 0x1.62e43p-1F;
constexpr float quarter_pi = 0x1.921fb6p-1F;
constexpr float quarter_pi_low = -0x1.777a5cp-26F;  // pi/4 - quarter_pi
constexpr float centre_limit = 0x1.fp-2F;           // 31/64: |v| up to here takes the central fit
// (log1p(t) - t + t^2/2) / t^3 over |t| <= 1/3; relative error of the fit 4.0e-7
constexpr float log_p[8] = {0x1.55554cp-2F, -0x1.ffffdap-3F, 0x1.99ad94p-3F, -0x1.556ddcp-3F,
                            0x1.2120b4p-3F, -0x1.f8cdccp-4F, 0x1.130d26p-3F, -0x1.f54d52p-4F};
// (sin(pi/4 t)/t - pi/4) / y, y = t^2 <= 1; relative error of the fit 1.2e-7
constexpr float sin_p[3] = {-0x1.4abbccp-4F, 0x1.4665ep-9F, -0x1.2ee5a2p-15F};
// (cos(pi/4 t) - 1) / y, y = t^2 <= 1; relative error of the fit 6.3e-10
constexpr float cos_p[4] = {-0x1.3bd3ccp-2F, 0x1.03c1eap-6F, -0x1.55cb88p-12F, 0x1.db5fa8p-19F};
// x/v where Phi(x) = 1/2 + v, in r = (31/64)^2 - v^2, |v| <= 31/64; relative error of the fit 4.3e-8
constexpr float centre_num[6] = {0x1.1c96ep+2F, 0x1.6a5c5cp+8F, 0x1.ea18e2p+12F, 0x1.5e1318p+15F, 0x1.324e4p+15F, -0x1.90e47p+12F};
// its denominator
constexpr float centre_den[5] = {0x1p+0F, 0x1.6e4f6ap+6F, 0x1.28aa08p+11F, 0x1.1ef9e6p+14F, 0x1.e4c92p+14F};
// x where Q(x) = exp(-s^2/2), s in [2.85, 7.5]; relative error of the fit 3.1e-8
constexpr float tail_num[4] = {-0x1.477b7p+1F, -0x1.1d2d84p-2F, 0x1.ad9ae4p+0F, 0x1.63539ap-2F};
// its denominator
constexpr float tail_den[3] = {0x1p+0F, 0x1.b30d7cp+0F, 0x1.62f7f8p-2F};
// x Q(x)/phi(x) in z = 1/x^2, x >= 17/8; relative error of the fit 2.3e-8
constexpr float mills_num[4] = {0x1p+0F, 0x1.7446d4p+3F, 0x1.ab2f4cp+4F, 0x1.a3e03p+2F};
// its denominator
constexpr float mills_den[4] = {0x1p+0F, 0x1.9446aap+3F, 0x1.22aedap+5F, 0x1.3d8aaep+4F};
// (2^x - 1) / x, |x| <= 0.51; relative error of 2^x 3.5e-9
constexpr float exp2_p[6] = {0x1.62e43p-1F, 0x1.ebfbdcp-3F, 0x1.c6af66p-5F, 0x1.3b2dc8p-7F, 0x1.5f17ccp-10F, 0x1.41960cp-13F};

}  // namespace evenkeel::coefficients_f32

namespace evenkeel::coefficients_f64 {

constexpr double ln2_high = 0x1.62e42feep-1;  // its last bits are zero: exact times any exponent
constexpr double ln2_low = 0x1.a39ef35793c76p-33;
constexpr double log2_e = 0x1.71547652b82fep+0;
constexpr double quarter_pi = 0x1.921fb54442d18p-1;
constexpr double quarter_pi_low = 0x1.1a62633145c07p-55;
constexpr double inverse_sqrt_2pi = 0x1.9884533d43651p-2;
constexpr double centre_limit = 0x1.bp-2;  // 27/64
constexpr double far_limit = 0x1.1p+1;     // 17/8: Phi by half_erf below, by mills from here on
// (2 atanh(s) - 2 s) / s^3 in z = s^2 <= 0.0401; relative error of the fit 3.8e-17
constexpr double log_p[8] = {0x1.5555555555555p-1, 0x1.9999999999f37p-2, 0x1.24924923daf94p-2, 0x1.c71c72e3c2a4ep-3,
                             0x1.745caaee8924dp-3, 0x1.3b2a04d56ca27p-3, 0x1.0e885734b0a9fp-3, 0x1.16ba9c1d90ffcp-3};
// (sin(pi/4 t)/t - pi/4) / y, y = t^2 <= 1; relative error of the fit 7.1e-20
constexpr double sin_p[7] = {-0x1.4abbce625be53p-4,  0x1.466bc6775aae1p-9,  -0x1.32d2cce62b868p-15, 0x1.50783486f9716p-22,
                             -0x1.e3074d237b1c9p-30, 0x1.e8f0346d6d0c2p-38, -0x1.6cc4b2c92a168p-46};
// (cos(pi/4 t) - 1) / y, y = t^2 <= 1; relative error of the fit 2.0e-22
constexpr double cos_p[8] = {-0x1.3bd3cc9be45dep-2,  0x1.03c1f081b5ac4p-6,  -0x1.55d3c7e3cbff7p-12, 0x1.e1f506891ae73p-19,
                             -0x1.a6d1f2a083beap-26, 0x1.f9d38703fc13ep-34, -0x1.b6de88512591ep-42, 0x1.1e737177ea84ap-50};
// x/v where Phi(x) = 1/2 + v, in r = (27/64)^2 - v^2, |v| <= 27/64; relative error of the fit 4.1e-18
constexpr double centre_num[9] = {0x1.ae2b8f3437073p+1,  0x1.11d83a5506789p+7,  0x1.0c17a837f2613p+11,
                                  0x1.fc6e2464ddecbp+13, 0x1.e3ccf9ecd1fb6p+15, 0x1.b0e76219e3b4cp+16,
                                  0x1.2b5cde64fdc45p+16, 0x1.5bb28e47e18bcp+13, -0x1.d62036b2785f9p+8};
// its denominator
constexpr double centre_den[8] = {0x1p+0,
                                  0x1.5d42cf53bfeeep+5,
                                  0x1.7467b489f85d6p+9,
                                  0x1.89af6f9cb348p+12,
                                  0x1.b0b5770275007p+14,
                                  0x1.da6ef5f5bc8bp+15,
                                  0x1.c3d74abad95f9p+15,
                                  0x1.04cecef75655ep+14};
// x where Q(x) = exp(-s^2/2), s in [2.25, 9.25]; relative error of the fit 1.8e-17
constexpr double tail_num[9] = {-0x1.c3d3692157ff6p+1, -0x1.8647f8cf5937p+4, -0x1.8f5c120588a3fp+4,
                                0x1.1089af99952d5p+3,  0x1.12e49cad32a7cp+4, 0x1.cd7ccfdc57745p+2,
                                0x1.42198c4e97558p+0,  0x1.518bab91d6766p-4, 0x1.77d579fcad279p-10};
// its denominator
constexpr double tail_den[8] = {0x1p+0,
                                0x1.6ee7c6b0c9e43p+3,
                                0x1.a64075adc6087p+4,
                                0x1.52b10275887f7p+4,
                                0x1.e3c2e24edd065p+2,
                                0x1.4442ca97e8d61p+0,
                                0x1.51985460de266p-4,
                                0x1.77d2eb75a997bp-10};
// x Q(x)/phi(x) in z = 1/x^2, x >= 17/8; relative error of the fit 2.2e-17
constexpr double mills_num[9] = {0x1p+0,
                                 0x1.052f7cccd6cd9p+6,
                                 0x1.8adc7f0c87dfcp+10,
                                 0x1.1978de640dbd8p+14,
                                 0x1.8f3d5d0f22c54p+16,
                                 0x1.1150a25d7858ep+18,
                                 0x1.42966043c4d8p+18,
                                 0x1.f57d7f043f2c4p+16,
                                 0x1.b229fe9565aa3p+12};
// its denominator
constexpr double mills_den[9] = {0x1p+0,
                                 0x1.092f7cccd6ccep+6,
                                 0x1.9aaf76d9557aep+10,
                                 0x1.3044475b37afdp+14,
                                 0x1.cb87a768d7e8ap+16,
                                 0x1.5d55ff0351ee4p+18,
                                 0x1.ef1c80c6eadd1p+18,
                                 0x1.11ebcf9ddb4dep+18,
                                 0x1.2f9c6ccb5a061p+15};
// (Phi(x) - 1/2) / x in y = x^2, |x| <= 17/8; relative error of the fit 2.0e-18
constexpr double half_erf_num[7] = {0x1.9884533d43651p-2,  0x1.fa7bff5e9c268p-6,  0x1.2a600b7d75f17p-8, 0x1.3c8d0a22eb27cp-13,
                                    0x1.e1843d01d884dp-18, 0x1.96a0297ff6fc8p-24, 0x1.69d95d3e3dbb5p-31};
// its denominator
constexpr double half_erf_den[7] = {0x1p+0,
                                    0x1.f40782a483f72p-3,
                                    0x1.bc15ae9d64346p-6,
                                    0x1.cf81c3be00ceep-10,
                                    0x1.2f7b2301c82abp-14,
                                    0x1.e0676dd912ab8p-20,
                                    0x1.6f53055e68cc5p-26};
// (exp(r) - 1 - r) / r^2, |r| <= ln(2)/2; relative error of the fit 2.7e-18
constexpr double exp_p[11] = {0x1p-1,
                              0x1.5555555555557p-3,
                              0x1.555555555554ep-5,
                              0x1.11111111100cdp-7,
                              0x1.6c16c16c1a0dfp-10,
                              0x1.a01a01abf11dcp-13,
                              0x1.a01a019049e32p-16,
                              0x1.71de0211cb26fp-19,
                              0x1.27e510f0f1c06p-22,
                              0x1.af4e3040eb039p-26,
                              0x1.1f1a0a0838f79p-29};
// (2^x - 1) / x, |x| <= 0.5001; relative error of 2^x 4.2e-18
constexpr double exp2_p[11] = {0x1.62e42fefa39efp-1,  0x1.ebfbdff82c59dp-3,  0x1.c6b08d704a0d6p-5,  0x1.3b2ab6fba0f7fp-7,
                               0x1.5d87fe78b3105p-10, 0x1.4309130c7c357p-13, 0x1.ffcbfbfd14822p-17, 0x1.62bfccaeb3221p-20,
                               0x1.b52602cb3cfe5p-24, 0x1.e613a40f90208p-28, 0x1.e8217c69d86d0p-32};

}  // namespace evenkeel::coefficients_f64
