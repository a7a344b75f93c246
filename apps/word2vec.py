"""Vectors of words, learned from running text without a label.

python apps/word2vec.py                              # film reviews: some minutes
python apps/word2vec.py --data my_book.txt           # any text file, or a folder of them
python apps/word2vec.py --data generated_sentences   # a first look: seconds
"""

import argparse

import numpy as np

import zoo865
from zoo865.data.tokenizer import words_of


def main(data_name: str, epochs: int | None):
    """Text, the prediction task, training, nearest words."""
    # Running text has no labels, but a task can be made of it: which words stand near a word, and which are random?
    recipe = zoo865.get_recipe("word2vec").override({"data": data_name, **({"epochs": epochs} if epochs else {})})
    data = zoo865.load_data(data_name, vocabulary_size=50_000, min_count=5)
    vocabulary = data.spec.inputs["text"].vocabulary
    words = [word for word in words_of(data.train.take([0])["text"][0]) if word in set(vocabulary)][:9]
    random = np.random.default_rng(0).choice(vocabulary, 3)
    middle = len(words) // 2
    print(" ".join(words))
    print("positive:", ", ".join(f"({words[middle]}, {near})" for near in words[:middle] + words[middle + 1 :]))
    print("negative:", ", ".join(f"({words[middle]}, {noise})" for noise in random))

    # The model: two matrices, a row a word; see zoo865/models/word2vec.py. The product of a word's and a context's row
    # is the log odds that they are neighbours.
    run = zoo865.train(recipe)
    print(f"{len(run.model.vectors):,} vectors of {run.model.vectors.shape[1]} numbers")
    print(f"nearer to a neighbour than to a random word: {run.metrics['test']['neighbour_accuracy']:.1%} (chance 50 %)")

    # Words in the same surroundings got similar vectors.
    predictor = zoo865.Predictor(zoo865.export(run))
    for word in vocabulary[100:105] or vocabulary[:5]:
        print(f"{word}: {predictor.predict(word)[0]['nearest']}")

    print(f"open in a browser: {zoo865.report(run)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="imdb_unlabelled", help="a text file, a folder of them, generated_sentences")
    parser.add_argument("--epochs", type=int, help="number of epochs (default: the recipe's)")
    arguments = parser.parse_args()
    main(arguments.data, arguments.epochs)
