import texts from "virtual:texts/protocol";
document.title = String(texts.en["title"]);
