import texts from "virtual:texts/site";
document.title = String(texts.en["title"]);
