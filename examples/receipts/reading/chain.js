// Reads with the first model that can be used, and with the next one when it fails.

export const textOf = (lines) => lines.map(({ text }) => text).join("\n");

export class Chain {
  #models;
  #known;
  #onLoaded;
  #loading = new Map();
  #first = 0;

  /**
   * @param models [{ name, load }], most wanted first
   * @param known { image, text }: no model is used that does not read this image as this text
   * @param onLoaded told the name of each model that can be used
   */
  constructor(models, known, onLoaded = () => {}) {
    this.#models = models;
    this.#known = known;
    this.#onLoaded = onLoaded;
  }

  /** Finds the first model that can be used; returns its name. */
  async start() {
    for (const [index, model] of this.#models.entries()) {
      try {
        await this.#loaded(model);
        this.#first = index;
        return model.name;
      } catch (error) {
        console.log(`the model ${model.name} cannot be used: ${error.message}`);
      }
    }
    throw new Error("no model can be used");
  }

  async read(image) {
    for (const model of this.#models.slice(this.#first)) {
      try {
        const loaded = await this.#loaded(model);
        return { model: model.name, lines: await loaded.read(image) };
      } catch (error) {
        console.error(`the model ${model.name} did not read an image: ${error.message}`);
      }
    }
    throw new Error("no model could read the image");
  }

  /** Each model is loaded at most once. One that failed stays failed until the next start. */
  #loaded(model) {
    if (!this.#loading.has(model.name)) this.#loading.set(model.name, this.#loadAndCheck(model));
    return this.#loading.get(model.name);
  }

  async #loadAndCheck({ name, load }) {
    const model = await load();
    try {
      const text = textOf(await model.read(this.#known.image));
      if (text !== this.#known.text) throw new Error(`it reads "${this.#known.text}" as "${text}"`);
    } catch (error) {
      await model.close();
      throw error;
    }
    this.#onLoaded(name);
    return model;
  }
}
