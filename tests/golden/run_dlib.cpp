// SPDX-License-Identifier: MIT
//
// dlib's ResNet-34 (dnn_imagenet_ex.cpp of its examples has the type) run by dlib itself,
// for peers_dlib.py:
//   run_dlib make OUT.dnn SEED             of random values, and saves it
//   run_dlib run FILE.dnn PICTURES OUT     PICTURES: 227x227x3 bytes each, one behind
//                                          another; OUT.grid, OUT.pooled and OUT.scores:
//                                          float32, (n,512,6,6), (n,512) and (n,1000)
//   run_dlib grid FILE.dnn ROWS COLUMNS IN OUT   IN: float32 (3,ROWS,COLUMNS), as the first
//                                          layer is given it; OUT: the last grid, (512,h,w)
#include <dlib/dnn.h>

#include <fstream>
#include <iostream>
#include <random>

namespace
{
using namespace dlib;

constexpr int side = 227, classes = 1000;

template <int filters, int stride, typename Below>
using two_convolutions = affine<
    con<filters, 3, 3, 1, 1,
        relu<affine<con<filters, 3, 3, stride, stride, Below>>>>>;

template <int filters, typename Below>
using block = relu<add_prev1<two_convolutions<filters, 1, tag1<Below>>>>;

template <int filters, typename Below>
using half_block = relu<add_prev2<
    avg_pool<2, 2, 2, 2, skip1<tag2<two_convolutions<filters, 2, tag1<Below>>>>>>>;

template <typename Below>
using first_stage = block<64, block<64, block<64, Below>>>;
template <typename Below>
using second_stage = block<128, block<128, block<128, half_block<128, Below>>>>;
template <typename Below>
using third_stage = block<
    256, block<256, block<256, block<256, block<256, half_block<256, Below>>>>>>;
template <typename Below>
using last_stage = block<512, block<512, half_block<512, Below>>>;

using stem = max_pool<
    3, 3, 2, 2,
    relu<affine<con<64, 7, 7, 2, 2, input_rgb_image_sized<side>>>>>;

using network = loss_multiclass_log<fc<
    classes, avg_pool_everything<
                 last_stage<third_stage<second_stage<first_stage<stem>>>>>>>;

using picture = matrix<rgb_pixel>;

void write_values(const std::string &path, const tensor &t)
{
    std::ofstream f(path, std::ios::binary);

    f.write(reinterpret_cast<const char *>(t.host()),
            static_cast<std::streamsize>(t.size() * sizeof(float)));
    if (!f)
        throw std::runtime_error(path + " cannot be written");
}

std::vector<picture> read_pictures(const std::string &path)
{
    std::ifstream f(path, std::ios::binary);
    std::vector<picture> all;
    std::vector<unsigned char> bytes(side * side * 3);

    while (f.read(reinterpret_cast<char *>(bytes.data()),
                  static_cast<std::streamsize>(bytes.size()))) {
        picture p(side, side);
        for (long k = 0; k < side * side; k++) {
            const unsigned char *at = &bytes[3 * static_cast<size_t>(k)];
            p(k / side, k % side) = rgb_pixel(at[0], at[1], at[2]);
        }
        all.push_back(p);
    }
    return all;
}

void forward(network &net, const std::vector<picture> &pictures)
{
    resizable_tensor x;

    net.to_tensor(pictures.begin(), pictures.end(), x);
    net.subnet().forward(x);
}

/* Affine layers of new networks are not by channels, as those made from batch norms are. */
struct by_channels {
    void operator()(affine_ &layer) const { layer = affine_(CONV_MODE); }
    template <typename Other> void operator()(Other &) const {}
};

/* Norms and biases too have values that matter; none lets a sum of branches grow. */
void make(const std::string &path, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    network net;

    visit_computational_layers(net, by_channels());
    forward(net, {picture(side, side)}); // now there are parameters
    visit_layer_parameters(net, [&](size_t, tensor &t) {
        for (float &v : t)
            v = 0.6f * (v + 0.1f * normal(random) * (v == 0 ? 1 : std::abs(v)));
    });
    net.clean();
    serialize(path) << net;
}

void run(const std::string &weights, const std::string &pictures, const std::string &out)
{
    network net;

    deserialize(weights) >> net;
    forward(net, read_pictures(pictures));
    write_values(out + ".scores", layer<1>(net).get_output());
    write_values(out + ".pooled", layer<2>(net).get_output());
    write_values(out + ".grid", layer<3>(net).get_output());
}
/* Of a picture of any size, past the layer that would refuse it. */
void run_grid(const std::string &weights, long rows, long columns, const std::string &in,
              const std::string &out)
{
    std::ifstream f(in, std::ios::binary);
    resizable_tensor x(1, 3, rows, columns);
    network net;

    deserialize(weights) >> net;
    if (!f.read(reinterpret_cast<char *>(x.host()),
                static_cast<std::streamsize>(x.size() * sizeof(float))))
        throw std::runtime_error(in + " has too few values");
    net.subnet().forward(x);
    write_values(out, layer<3>(net).get_output());
}
} // namespace

int main(int argc, char **argv)
{
    const std::string what = argc > 1 ? argv[1] : "";

    try {
        if (what == "make" && argc == 4)
            make(argv[2], static_cast<unsigned>(std::stoul(argv[3])));
        else if (what == "run" && argc == 5)
            run(argv[2], argv[3], argv[4]);
        else if (what == "grid" && argc == 7)
            run_grid(argv[2], std::stol(argv[3]), std::stol(argv[4]), argv[5], argv[6]);
        else
            throw std::runtime_error("see the head of run_dlib.cpp");
    } catch (const std::exception &e) {
        std::cerr << e.what() << "\n";
        return 1;
    }
    return 0;
}
