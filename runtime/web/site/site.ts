import texts from "virtual:texts/site";
document.title = Object.keys(texts).join();
