"""Where the course's images come from: photos, MNIST, drawn digits and faces. Needs neither TensorFlow nor Keras."""
