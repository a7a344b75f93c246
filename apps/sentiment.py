"""What a text says, good or bad: an LSTM that reads frozen word vectors.

python apps/sentiment.py                            # film reviews: some minutes
python apps/sentiment.py --data reviews.csv         # your own texts and labels
python apps/sentiment.py --data generated_reviews --vectors none   # a first look: seconds
"""

import argparse

import zoo865
from zoo865.data.tokenizer import words_of
from zoo865.exporting.vectors_out import find_vectors


def main(data_name: str, vectors: str, epochs: int | None):
    """Texts, word vectors, training, what the network looks at."""
    recipe = zoo865.get_recipe("sentiment_lstm").override({"data": data_name, **({"epochs": epochs} if epochs else {})})
    place, dimensions = find_vectors(vectors) if vectors != "none" else (None, 50)
    recipe = recipe.override({"model_args.weights": place, "model_args.dimensions": dimensions})

    # A text is a list of words, and a word is a number: its place in the vocabulary of the training texts.
    data = zoo865.load_data(data_name, **recipe.data_args)
    example = data.train.take([0])
    words, vocabulary = words_of(example["text"][0])[:8], data.spec.inputs["text"].vocabulary
    print(" ".join(words), "->", data.spec.class_names[example["label"][0]])
    print([vocabulary.index(word) + 2 if word in vocabulary else 1 for word in words])

    # Every number becomes a vector that was learned elsewhere without labels and is fixed here; an LSTM reads them. See
    # zoo865/models/sentiment_lstm.py.
    run = zoo865.train(recipe)
    frozen = run.model.get_layer("vectors").count_params()
    print(f"{run.model.count_params():,} numbers, of which {frozen:,} are the vectors and did not change")
    print(f"test accuracy {run.metrics['test']['accuracy']:.1%}")

    predictor = zoo865.Predictor(zoo865.export(run))
    for text in ("A wonderful film!", "Not worth your time.", "I did not expect to like it, but I did."):
        answer = predictor.predict(text)[0]
        print(f"{text}  {answer['label']} ({answer['probability']:.0%})")

    # Which words did it?
    print(f"open in a browser: {zoo865.look(run, 'It is not a bad film, only far too long.')['page']}")
    print(f"open in a browser: {zoo865.report(run)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="imdb", help="a CSV, TSV or JSONL file, a folder, generated_reviews")
    parser.add_argument("--vectors", default="glove", help="glove, word2vec, a run or file, or none for random ones")
    parser.add_argument("--epochs", type=int, help="number of epochs (default: the recipe's)")
    arguments = parser.parse_args()
    main(arguments.data, arguments.vectors, arguments.epochs)
