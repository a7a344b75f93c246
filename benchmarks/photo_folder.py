"""What benchmarks of a folder of photos begin with: its pictures, and what a network that knows photos sees in them."""

import argparse

import numpy as np

from zoo865.data.image_folder import ImageFolder, read_image_folder
from zoo865.reporting.photo_features import photo_features


def from_command_line(about: str) -> tuple[ImageFolder, np.ndarray]:
    """The folder that the command line names, and (pictures, features) of it."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="photos, a sub-folder a class")
    parser.add_argument("--weights", help="file of the network's weights; else downloaded")
    given = parser.parse_args()
    found = read_image_folder(given.folder)
    return found, photo_features([one.path for one in found.looks], given.weights)
