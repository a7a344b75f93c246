"""Pictures without labels: what two views of one picture have in common, and a classifier that needs few labels.

python apps/simclr.py                                  # articles of clothing: some minutes
python apps/simclr.py --data mnist                     # digits
python apps/simclr.py --data generated_digits --epochs 20 --labels 100   # a first look: a minute
"""

import argparse

import zoo865


def main(data_name: str, epochs: int | None, labels: int):
    """Views, training without labels, what it knows, few labels with and without it."""
    few_epochs = {"epochs": epochs} if epochs else {}
    recipe = zoo865.get_recipe("simclr").override({"data": data_name, **few_epochs})

    # A batch: two views of each picture, one below the other. Which rows belong together is all that is known.
    data = zoo865.load_data(data_name, **recipe.data_args)
    feed = recipe.batches.open(data, batch_size=recipe.batch_size, seed=0)
    views, pictures = next(iter(feed.dataset))
    print(f"{len(views)} views of {len(pictures)} pictures, shape {views.shape[1:]}, and no label")

    # Vectors of two views of one picture are drawn together, those of others pushed apart. See zoo865/models/simclr.py.
    run = zoo865.train(recipe)
    found = run.metrics["test"]
    print(f"the other view of a picture is found among those of others: {found['instance_accuracy']:.1%}")
    print(f"a linear classifier on its features, 1,000 labels: {found['linear_probe_accuracy']:.1%} are right")
    print(f"open in a browser: {zoo865.report(run)}")

    # Now a few labels: a classifier that begins with what was learned without any, and one that begins with nothing.
    few = {"data": data_name, "data_args.train_examples": labels, "batch_size": 20, "epochs": 40}
    classifier = zoo865.get_recipe("fashion_cnn").override({**few, **few_epochs})
    for begins, name in ((run, "begins with simclr"), (None, "begins anew")):
        accuracy = zoo865.train(classifier, init_from=begins).metrics["test"]["accuracy"]
        print(f"{labels} labels, {name}: {accuracy:.1%} are right")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="fashion_mnist", help="mnist, generated_digits")
    parser.add_argument("--epochs", type=int, help="number of epochs (default: the recipe's; of the classifiers 40)")
    parser.add_argument("--labels", type=int, default=100, help="labelled pictures of the classifiers")
    arguments = parser.parse_args()
    main(arguments.data, arguments.epochs, arguments.labels)
