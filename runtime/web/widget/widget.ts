import texts from "virtual:texts/widget";
console.info(texts.en);
